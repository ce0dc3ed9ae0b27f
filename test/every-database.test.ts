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

/** For what takes seconds to start, in each process anew. */
const SOME = BEHAVIOUR.filter((file) => /^contract|every-filter|http-posting|http-verdicts/.test(file));

for (const [name, needs, start, behaviour = BEHAVIOUR] of [
  ['postgres', PRIVATE_SERVERS.postgres.needs, async (t) => (await PRIVATE_SERVERS.postgres.start(t)).url],
  ['mariadb', PRIVATE_SERVERS.mariadb.needs, async (t) => (await PRIVATE_SERVERS.mariadb.start(t)).url],
  [
    "postgres by a dialect of Kysely's",
    PRIVATE_SERVERS.postgres.needs,
    async (t) => `kysely+${(await PRIVATE_SERVERS.postgres.start(t)).url}`,
  ],
  ['PGlite', [], async () => 'pglite', SOME],
  ['libSQL', [LIBSQL], async () => 'libsql'],
] as readonly [string, readonly string[], (t: TestContext) => Promise<string>, (readonly string[])?][]) {
  test(`a board on ${name} behaves as one in a file`, { skip: without(...needs) }, async (t) => {
    await behavesOn(await start(t), behaviour, 100);
  });
}
