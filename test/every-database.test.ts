import test, { type TestContext } from 'node:test';
import { behavesOn } from './support/behaviour.ts';
import { LIBSQL } from './support/dialects.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { without } from './support/settings.ts';

/** What a board does, whatever it is stored in. Their plain run is on the embedded database. */
const BEHAVIOUR = [
  'contract/errors',
  'contract/messages',
  'contract/sessions',
  'contract/stream',
  'contract/users',
  'every-filter',
  'http-accounts',
  'http-bulk',
  'http-conditions',
  'http-list',
  'http-many-people',
  'http-poll',
  'http-posting',
  'http-stream',
  'http-topics-and-users',
  'http-verdicts',
];

/** What says the most different things to a dialect. */
const SOME = BEHAVIOUR.filter((file) => /^contract|every-filter|http-posting|http-verdicts/.test(file));

/** For what takes seconds to start, for each test anew. */
const FEW = ['contract/messages', 'contract/stream', 'every-filter'];

for (const [name, needs, start, behaviour, least] of [
  [
    'postgres',
    PRIVATE_SERVERS.postgres.needs,
    async (t) => (await PRIVATE_SERVERS.postgres.start(t)).url,
    BEHAVIOUR,
    300,
  ],
  ['mariadb', PRIVATE_SERVERS.mariadb.needs, async (t) => (await PRIVATE_SERVERS.mariadb.start(t)).url, BEHAVIOUR, 300],
  [
    "postgres by a dialect of Kysely's",
    PRIVATE_SERVERS.postgres.needs,
    async (t) => `kysely+${(await PRIVATE_SERVERS.postgres.start(t)).url}`,
    SOME,
    100,
  ],
  ['PGlite', [], async () => 'pglite', FEW, 30],
  ['libSQL', [LIBSQL], async () => 'libsql', SOME, 100],
] as readonly [string, readonly string[], (t: TestContext) => Promise<string>, readonly string[], number][]) {
  test(`a board on ${name} behaves as one in a file`, { skip: without(...needs) }, async (t) => {
    await behavesOn(await start(t), behaviour, least);
  });
}
