/** Which mutants there are, and what becomes of them. All of it is relative to the root of the repository. */
export default {
  mutate: [
    'src/{board,feed,store}/**/*.ts',
    // What is said to other servers than SQLite, and to brokers, cannot be judged on SQLite in one process.
    '!src/store/commit-log.ts',
    '!src/store/dialects/{connection-lost,flights,mariadb-connector,mssql,mysql,on-server,oracle,other,paged-connection}.ts',
    '!src/store/dialects/{pool,postgres,public-url,values}.ts',
    '!src/store/dialects/languages/{mssql,mysql,oracle,postgres,unconditional}.ts',
    '!src/feed/doorbells/{doorbell,nats,postgres,redis}.ts',
    // Frozen since they landed, and held to a committed dump of the schema.
    '!src/store/migrations/*.ts',
  ],
  plugins: ['./test/mutation/plugin.ts'],
  // Sentences for people are left out: tests hold the codes of errors, and the fields that they name.
  ignorers: ['sentences'],
  // What is computed once, as a file is loaded, would need a process for each mutant.
  ignoreStatic: true,
  // MSGBOARD_MUTANTS=10 tries a tenth of them.
  checkers: ['sample'],
  testRunner: 'in-process',
  coverageAnalysis: 'perTest',
  maxTestRunnerReuse: 300,
  timeoutMS: 25_000,
  concurrency: 2,
  reporters: ['clear-text', 'json'],
  jsonReporter: { fileName: 'test/mutation/report.json' },
  incrementalFile: 'test/mutation/incremental.json',
  tempDirName: 'test/mutation/.stryker',
  ignorePatterns: ['/bench', '/deploy', '/dist', '/docs', '/example', '/site'],
  // TypeScript 7 has no API by which Stryker could read it.
  tsconfigFile: 'none',
};
