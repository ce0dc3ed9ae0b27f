import { connect as openSocket } from 'node:net';
import type { Connection, ConnectionConfig, FieldInfo, SqlError, TypeCastFunction } from 'mariadb';
import { BoardError, badInput } from '../../model/errors.ts';
import { CONNECTING } from './on-server.ts';

/** A connection by the package `mariadb`. */
export interface Line {
  readonly connection: Connection;
  /** Breaks it off. All that has not been answered fails with `reason`. */
  cut(reason: Error): void;
}

/** @throws what `plainly` puts plainly. */
export type Connect = () => Promise<Line>;

/** Whatever the URL says besides. */
const OURS = {
  collation: 'UTF8MB4_BIN',
  // It would win over the collation.
  charset: '',
  connectTimeout: CONNECTING,
  multipleStatements: true,
  pipelining: true,
  permitLocalInfile: false,
  // To another server would be another connection, which `cut` does not break.
  permitRedirect: false,
  rowsAsArray: false,
  nestTables: false,
  metaAsArray: false,
  supportBigNumbers: false,
  bigIntAsNumber: true,
  decimalAsNumber: true,
  insertIdAsNumber: true,
  typeCast,
  // What it warns of would go to the standard output.
  logger: { warning: () => {} },
  // What its errors repeat is without values.
  logParam: false,
};

/**
 * @returns how to connect to the database that a URL names.
 * @throws BoardError `bad-input` if the package is not installed, or makes nothing of the URL.
 */
export async function mariadbConnector(url: string): Promise<Connect> {
  const driver = await import('mariadb').catch(() => {
    throw new BoardError(
      'bad-input',
      'MySQL and MariaDB are reached by the package mariadb. Install it: npm install mariadb',
    );
  });
  const { socketPath, ...options } = optionsOf(url, driver);
  const { host, port } = options;
  return async () => {
    const socket = socketPath ? openSocket(socketPath) : openSocket({ host, port, noDelay: true, keepAlive: true });
    const connection = await driver.createConnection({
      ...options,
      ...OURS,
      stream: (use) => use(undefined, socket),
    });
    return {
      connection,
      // The connector's own way is another connection, to kill what runs. So to it the server hangs up; an error would be thrown under TLS.
      cut(reason) {
        socket.emit('end', reason);
        socket.destroy();
      },
    };
  };
}

type Options = ConnectionConfig & { readonly host: string; readonly port: number };

/** The connector's own reading of a URL; what it says of one that it cannot read repeats the password. */
function optionsOf(url: string, driver: typeof import('mariadb')): Options {
  if (new URL(url).pathname.length < 2) {
    throw badInput(
      'database',
      'names a server, but no database on it: put its name at the end, as in mariadb://USER:PASSWORD@HOST:PORT/DATABASE',
    );
  }
  // The package takes whatever else it says for no TLS, and others take `1` or what is in braces for TLS.
  if (!/^(?:true|false)?$/.test(new URL(url).searchParams.get('ssl') ?? ''))
    throw badInput('database', 'says ssl, which must be true or false');
  try {
    const options: Options = driver.defaultOptions(url.replace(/^mysql:/, 'mariadb:'));
    return options;
  } catch {
    throw badInput(
      'database',
      'is not as the package mariadb reads it: mariadb://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE, percent-encoded, with options that it knows',
    );
  }
}

/** What the server says, without the numbers that the connector puts before it, and the statement behind. */
export function plainly(error: unknown): unknown {
  if (!isSqlError(error)) return error;
  const { sqlMessage, code, errno, sqlState } = error;
  return Object.assign(new Error(sqlMessage ?? ''), { code, errno, sqlState });
}

function isSqlError(error: unknown): error is SqlError {
  return error instanceof Error && 'sqlMessage' in error;
}

/** All our bytes are text: exact columns too, which come as binary. */
function typeCast(field: FieldInfo, next: () => ReturnType<TypeCastFunction>): ReturnType<TypeCastFunction> {
  const type: string = field.type;
  return type === 'VAR_STRING' || type === 'STRING' || type === 'BLOB' ? field.string() : next();
}
