import { type AddColumnNode, type AliasNode, DefaultQueryCompiler, sql } from 'kysely';
import { ConnectionLost } from '../connection-lost.ts';
import type { Language } from './language.ts';
import { UNCONDITIONAL } from './unconditional.ts';
import { asCase, mergeByFirst, USUAL } from './usual.ts';

/** How long (s) to wait for the clock, and for another starter's migrations. */
const LOCKED = 10;
const MIGRATING = 600;

/** What the server says of locks, sessions and memory, of starting and stopping, of disks that are full, and when it parts. */
const OUTAGES = new Set([
  18, 20, 28, 54, 60, 257, 600, 1012, 1033, 1034, 1089, 1090, 1092, 1109, 1555, 1578, 1652, 1653, 1654, 1688, 1691,
  2396, 3113, 3114, 3135, 4021, 4031, 12514, 12516, 12528, 12805, 16000, 16456, 25408, 30006, 30036,
]);

/** Stands before each text, as an empty one is NULL here. */
const MARK = '=';

/** Oracle Database, by whatever driver. */
export const ORACLE: Language = {
  ...USUAL,
  types: {
    number: sql`number(19)`,
    // What text of its own is compared by, a session's settings say.
    text: sql`blob`,
    exact: (bytes) => sql`raw(${sql.lit(bytes + MARK.length)})`,
    partialIndexes: false,
    indexesOfTables: false,
  },
  stored: (text) => Buffer.from(MARK + text),
  textOf: (bytes) => USUAL.textOf(bytes).slice(MARK.length),
  takeClock: (on) =>
    on
      .selectFrom('clock')
      .selectAll()
      .modifyEnd(sql`for update wait ${sql.lit(LOCKED)}`),
  slice: (limit, offset = sql`0`) => sql`offset ${offset} rows fetch next ${limit} rows only`,
  // Not before version 23.
  rowsAtOnce: 1,
  apart: asCase,
  mergeWalks: (walks) => mergeByFirst(walks, sql`cross apply`, ORACLE.slice),
  migrating: [UNCONDITIONAL],
  // Each session of ours sets what could break the promise.
  check: async () => [],

  async migrateAlone(db, migrate) {
    await sql`begin
      execute immediate 'create table schema_version (version number(19) not null)';
    exception when others then
      if sqlcode <> -955 then raise; end if;
    end;`.execute(db);
    await db.transaction().execute(async (locked) => {
      await sql`lock table schema_version in exclusive mode wait ${sql.lit(MIGRATING)}`.execute(locked);
      const { rows } = await sql<{ version: number }>`select version from schema_version`.execute(locked);
      // On another connection: DDL commits, which would end the lock.
      const version = await migrate(db, rows[0]?.version ?? 0);
      await sql`delete from schema_version`.execute(locked);
      await sql`insert into schema_version (version) values (${version})`.execute(locked);
    });
  },

  /** The number after `ORA-`; the driver's own errors begin in another way. */
  codeOf(error) {
    if (!(error instanceof Error) || !('code' in error)) return null;
    const number = /^ORA-(\d+)$/.exec(String(error.code))?.[1];
    return number === undefined ? null : Number(number);
  },
  isOutage: (error) => error instanceof ConnectionLost || OUTAGES.has(Number(ORACLE.codeOf(error))),
};

/** Names are in capitals, as it takes those without quotes to be, and neither AS nor COLUMN stands before a name. */
export class OracleQueryCompiler extends DefaultQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return `:${this.numParameters}`;
  }

  protected override sanitizeIdentifier(identifier: string): string {
    return super.sanitizeIdentifier(identifier).toUpperCase();
  }

  protected override visitAlias(node: AliasNode): void {
    this.visitNode(node.node);
    this.append(' ');
    this.visitNode(node.alias);
  }

  protected override visitAddColumn(node: AddColumnNode): void {
    this.append('add ');
    this.visitNode(node.column);
  }
}
