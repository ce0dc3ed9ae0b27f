import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { atEnd, type Scope } from './cleanup.ts';
import { within } from './eventually.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced block of a document. */
export interface Block {
  /** `README.md:12`, where it begins. */
  readonly place: string;
  readonly language: string;
  readonly code: string;
}

/** A document in Markdown. */
export interface Doc {
  readonly path: string;
  readonly blocks: readonly Block[];
  /** Of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
  /** The targets of all links. */
  readonly links: readonly string[];
}

/** @param path - from the root of the project. */
export async function readDoc(path: string): Promise<Doc> {
  const text = await readFile(join(ROOT, path), 'utf8');
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language = '', 2: code = '', index }) => ({
    place: `${path}:${text.slice(0, index).split('\n').length}`,
    language,
    code,
  }));
  const prose = text.replace(/^```.*?^```$/gms, '');

  return {
    path,
    blocks,
    anchors: anchorsOf([...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading)),
    links: [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target),
  };
}

function anchorsOf(headings: readonly string[]): Set<string> {
  const anchors = new Set<string>();
  for (const heading of headings) {
    const name = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-');
    let anchor = name;
    for (let n = 1; anchors.has(anchor); n += 1) anchor = `${name}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The lines of a document's shell blocks that send a request. */
export function requestsOf({ blocks }: Doc): { readonly line: string; readonly place: string }[] {
  return blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code, place }) => code.split('\n').map((line) => ({ line, place })))
    .filter(({ line }) => /^(?:http|curl) /.test(line));
}

/** A directory in which `import … from 'msgboard'` means these sources, as if they had been installed there. */
export async function newHome(scope: Scope): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'msgboard-docs-'));
  atEnd(scope, () => rm(home, { recursive: true }));
  const modules = join(home, 'node_modules');

  await mkdir(join(modules, 'msgboard'), { recursive: true });
  await symlink(join(ROOT, 'src'), join(modules, 'msgboard', 'src'));
  await writeFile(
    join(modules, 'msgboard', 'package.json'),
    JSON.stringify({
      name: 'msgboard',
      type: 'module',
      exports: { '.': './src/index.ts', './client': './src/client.ts' },
    }),
  );
  for (const name of ['express', 'fastify', 'hono', '@hono', '@types', 'kysely', '@electric-sql'])
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  await writeFile(join(home, 'package.json'), '{"type": "module"}');
  return home;
}

/** A compiler on a busy machine, or all that makes the website, which took more than a minute on one. */
const WHOLE_PROGRAM_MS = 240_000;

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs a command to its end. */
export async function run(
  scope: Scope,
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ended> {
  const child = start(scope, command, args, options);
  const ended = Promise.all([
    readText(child.stdout),
    readText(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  const what = () => `the end of ${command} ${args.join(' ')}`;
  const [output, errors, code] = await within(ended, what, WHOLE_PROGRAM_MS);
  return { code, output, errors };
}

/** Starts a command, which ends with the scope at the latest. */
export function start(
  scope: Scope,
  command: string,
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
) {
  // A test runner that finds its own mark in the environment would take the child for a test file.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const child = spawn(command, args, { cwd, env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  atEnd(scope, () => endOf(child));
  return child;
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((resolve) => child.on('close', resolve));
  child.kill('SIGKILL');
  await within(closed, () => 'the end of a killed program');
}

/** A port that is free, and that no connection gets for its own end while nobody listens on it: below those that Linux gives out. */
export async function steadyPort(): Promise<number> {
  for (;;) {
    const port = await freePort(randomInt(10_000, 32_768)).catch(() => null);
    if (port !== null) return port;
  }
}

/** A port that was free a moment ago. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(wanted, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a server on a port has an address');
  return address.port;
}
