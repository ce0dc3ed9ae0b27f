import { appendFileSync } from 'node:fs';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type IsolationLevel,
  MssqlQueryCompiler,
  type QueryCompiler,
} from 'kysely';
import { OracleQueryCompiler } from '../../src/store/dialects/languages/oracle.ts';
import { plainPostgres } from './dialects.ts';

type Phrase = readonly [RegExp, string | ((said: string) => string)];

/** A language that no server of is at hand, and how PostgreSQL is told what was said in it. */
interface Spoken {
  readonly compiler: () => QueryCompiler;
  /** Phrases, each with PostgreSQL's. What its own SQL has too is none. */
  readonly phrases: readonly Phrase[];
  readonly mostValues: number;
  readonly isolation?: Readonly<Record<string, IsolationLevel>>;
  readonly hasEmptyText?: boolean;
  readonly shouts?: boolean;
}

/** Servers that settings are asked of are set as they should be. */
const LANGUAGES: Readonly<Record<string, Spoken>> = {
  mssql: {
    compiler: () => new MssqlQueryCompiler(),
    phrases: [
      [/^declare @taken .*sp_getapplock.*$/s, 'select pg_advisory_xact_lock(1), 0 as taken'],
      [/^\s*select case when delayed_durability .*$/s, settings('is_delayed', 0)],
      [/^if object_id\('schema_version'\) is null create table/, 'create table if not exists'],
      [/ with \(updlock, rowlock, holdlock\)$/, ' for update'],
      [/(?<=^drop index "\w+") on "\w+"$/, ''],
      [/\bcross apply\b/g, 'cross join lateral'],
      [/\bvarbinary\((?:\d+|max)\)/g, 'bytea'],
      [/@(?=\d)/g, '$'],
    ],
    mostValues: 2098,
    isolation: { snapshot: 'repeatable read' },
  },
  oracle: {
    compiler: () => new OracleQueryCompiler(),
    phrases: [
      [/^begin\s+execute immediate .*$/s, 'create table if not exists schema_version (version bigint not null)'],
      [/(?<= in exclusive mode| for update) wait \d+$/, ''],
      [/\bcross apply\b/g, 'cross join lateral'],
      [/\bnumber\(19\)/g, 'bigint'],
      [/\b(?:raw\(\d+\)|blob\b)/g, 'bytea'],
      [/:(?=\d)/g, '$'],
      [/"[A-Z_]+"/g, (name) => name.toLowerCase()],
    ],
    mostValues: 65_535,
    hasEmptyText: false,
    shouts: true,
  },
};

function settings(name: string, value: number): string {
  return `select ${value} as ${name}, 1 as versions_statements, 1 as versions_transactions`;
}

/**
 * A dialect of a language that PostgreSQL puts into its own words and obeys: whether what is said is right is seen, though
 * not whether another server would understand it. So all that is said is noted, each statement as a line of JSON, in the file that
 * `MSGBOARD_TEST_STATEMENTS` names.
 *
 * @param url - PostgreSQL's.
 */
export function interpreted(language: string, url: string): () => Dialect {
  const spoken = LANGUAGES[language];
  if (!spoken) throw new Error(`nobody speaks ${language}`);
  const inner = plainPostgres(url);
  return () => {
    const dialect = inner();
    return {
      createAdapter: () => dialect.createAdapter(),
      createDriver: () => interpreting(dialect.createDriver(), spoken),
      createIntrospector: (db) => dialect.createIntrospector(db),
      createQueryCompiler: spoken.compiler,
    };
  };
}

function interpreting(driver: Driver, spoken: Spoken): Driver {
  const { isolation = {} } = spoken;
  const known = new WeakSet<DatabaseConnection>();
  const acquire = driver.acquireConnection.bind(driver);
  driver.acquireConnection = async () => {
    const connection = await acquire();
    if (known.has(connection)) return connection;

    known.add(connection);
    const execute = connection.executeQuery.bind(connection);
    connection.executeQuery = async <Row>(query: CompiledQuery) => {
      if (!OWN.test(query.sql)) note(query.sql);
      const result = await execute<object>(interpretation(query, spoken));
      return { ...result, rows: (spoken.shouts ? result.rows.map(shouted) : result.rows) as Row[] };
    };
    return connection;
  };

  const begin = driver.beginTransaction.bind(driver);
  driver.beginTransaction = (connection, settings) => {
    const { isolationLevel = '' } = settings;
    const ours = isolation[isolationLevel];
    return begin(connection, ours ? { ...settings, isolationLevel: ours } : settings);
  };
  return driver;
}

function interpretation(query: CompiledQuery, { phrases, mostValues, hasEmptyText = true }: Spoken): CompiledQuery {
  if (query.parameters.length > mostValues) throw new Error(`${query.parameters.length} values`);
  let text = query.sql;
  for (const [phrase, ours] of phrases)
    text = typeof ours === 'string' ? text.replace(phrase, ours) : text.replace(phrase, ours);
  const isNothing = (value: unknown) =>
    !hasEmptyText && (value === '' || (value instanceof Uint8Array && value.length === 0));
  return { ...query, sql: text, parameters: query.parameters.map((value) => (isNothing(value) ? null : value)) };
}

function shouted(row: object): object {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toUpperCase(), value]));
}

/** What PostgreSQL's driver says of itself. */
const OWN = /^(?:start transaction|commit|rollback)/;
const noted = new Set<string>();

function note(text: string): void {
  const file = process.env['MSGBOARD_TEST_STATEMENTS'];
  if (file === undefined || noted.has(text)) return;
  noted.add(text);
  appendFileSync(file, `${JSON.stringify(text)}\n`);
}
