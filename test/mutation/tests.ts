/** Tests that need neither another process nor a server, of the quick ones: each can be run by itself, and again. */
export const SINGLE_TESTS: readonly string[] = [
  'test/mutation/simulations.ts',
  ...named('contract/errors contract/messages contract/sessions contract/stream contract/users'),
  ...named(
    'every-writer gathering group-commit groups hooks hub keys members mirror open-streams recent-answers recent-pages',
  ),
  ...named('collector erasing forgetting keeping locked-file passwords what-is-kept'),
  ...named(
    'counts-and-changes eraser every-filter http-leaving http-many-people query-plans refused-by-database whole-boards',
  ),
  ...named('input-faults session-ends under-way'),
  ...named('http-accounts http-log-ins http-moderators http-originals http-stream'),
];

/** Files of such tests that share a board: each is run as one, from the top. */
export const WHOLE_FILES: readonly string[] = [
  ...named(
    'authorization authorization-streams extra-fields forbidden-work merge-walks operator session-streams sessions threads',
  ),
  ...named('http-bulk http-conditions http-list http-poll http-posting http-query http-topics-and-users http-verdicts'),
];

/** The names of tests tell which of these need a server or a process, or long. */
export const NOT_HERE =
  /PostgreSQL|MariaDB|MySQL|SQL Server|Oracle|settings of the program|storm|far away|what is forgotten resets/;

function named(names: string): string[] {
  return names.split(' ').map((name) => `test/${name}.test.ts`);
}
