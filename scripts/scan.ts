/**
 * Has sqlmap, Wapiti and ffuf look for holes in a server of its own. Ends with 1 if one of them finds something, if an answer is
 * a 5xx, or if the server logs an error.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../src/index.ts';

/** The longest (s) that one of them may take. */
const MOST = 300;

const WORDS = [
  ...[
    'admin',
    'login',
    '.git/HEAD',
    '.env',
    '.htaccess',
    'config',
    'backup',
    'msgboard.db',
    'phpinfo.php',
    'wp-login.php',
    'graphql',
  ],
  ...[
    'debug',
    'actuator',
    'swagger',
    'etc/passwd',
    '..%2f..%2fetc/passwd',
    '%2e%2e/%2e%2e/etc/passwd',
    'web/..%2f..%2fpackage.json',
  ],
  ...[
    'docs/static/..%2f..%2fpackage.json',
    'node_modules',
    'package.json',
    'src',
    'cgi-bin',
    'robots.txt',
    '%00',
    '%',
    'x'.repeat(4000),
  ],
];

const dir = mkdtempSync(join(tmpdir(), 'msgboard-scan-'));
const log: string[] = [];
const server = await startServer({
  database: 'sqlite::memory:',
  port: 0,
  host: '127.0.0.1',
  limits: 'off',
  log: { write: (line) => void log.push(line) },
});
await server.board.as().users.create({ username: 'kitten', password: 'yarn' });
for (const text of ['one', 'two', 'three']) await server.board.as('kitten').messages.post({ text, topics: ['pets'] });

const { url } = server;
const faults: string[] = [];
try {
  const list = `${url}/messages?topic=pets&user=kitten&limit=5&order=asc&after=0`;
  const json = ['--headers=Content-Type: application/json', '--auth-type=Basic', '--auth-cred=kitten:yarn'];
  for (const target of [
    ['-u', list, '--level=2', '--technique=BEUST'],
    ['-u', `${url}/message`, '--data={"text":"x","topics":["pets"],"replyTo":1}', ...json],
    ['-u', `${url}/user/kitten*`],
  ]) {
    const said = await run(
      'sqlmap',
      ...target,
      '--batch',
      '--flush-session',
      '--disable-coloring',
      `--output-dir=${dir}`,
    );
    if (!/do not appear to be injectable/.test(said)) faults.push(said);
  }

  const report = join(dir, 'wapiti.json');
  const starts = [list, `${url}/users?prefix=k&after=a`, `${url}/topics?prefix=p&order=name`].flatMap((each) => [
    '-s',
    each,
  ]);
  const modules = 'sql,xss,exec,file,crlf,ssrf,redirect,xxe';
  await run(
    'wapiti',
    '-u',
    `${url}/`,
    ...starts,
    '-d',
    '2',
    '-m',
    modules,
    '-f',
    'json',
    '-o',
    report,
    '--no-bugreport',
    '--flush-session',
  );
  const { vulnerabilities, anomalies } = JSON.parse(readFileSync(report, 'utf8'));
  for (const [name, found] of Object.entries<object[]>({ ...vulnerabilities, ...anomalies }))
    if (found.length > 0) faults.push(`${name}: ${JSON.stringify(found)}`);

  const words = join(dir, 'words');
  const answers = join(dir, 'ffuf.json');
  writeFileSync(words, WORDS.join('\n'));
  await run(
    'ffuf',
    '-u',
    `${url}/FUZZ`,
    '-w',
    words,
    '-mc',
    '200-399,500-599',
    '-t',
    '4',
    '-s',
    '-o',
    answers,
    '-of',
    'json',
  );
  for (const { input, status } of JSON.parse(readFileSync(answers, 'utf8')).results)
    faults.push(`${status} at ${input.FUZZ}`);

  const lines = log.map((line): { level: string; status?: number } => JSON.parse(line));
  faults.push(
    ...lines.filter(({ level, status = 0 }) => level === 'error' || status >= 500).map((line) => JSON.stringify(line)),
  );
  console.log(`${lines.length} requests`);
} finally {
  await server.close();
  rmSync(dir, { recursive: true });
}
console.log(faults.length === 0 ? 'Nothing was found.' : faults.join('\n'));
process.exitCode = faults.length === 0 ? 0 : 1;

/** What a tool says. It must end by itself, and well. */
async function run(tool: string, ...args: string[]): Promise<string> {
  console.log(`${tool} ${args.join(' ')}`);
  const child = spawn(tool, args, { cwd: dir, timeout: MOST * 1000, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${tool} ended with ${code ?? signal}: ${said}`);
  return said;
}
