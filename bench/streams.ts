import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { credentials } from './contestants.ts';
import { mostFiles } from './machine.ts';
import { messageText } from './message-text.ts';
import { LeftOut } from './row.ts';
import type { Workshop } from './workshop.ts';

const source = fileURLToPath(new URL('./load/streams.c', import.meta.url));

/** What a program needs besides its connections. */
const OTHER_FILES = 200;

/** The options of the load program, as its own head explains them. */
export interface StreamLoad {
  readonly port: number;
  readonly readers?: number;
  readonly atOnce?: number;
  readonly comments?: number;
  readonly posters?: number;
  readonly topics?: number;
  readonly events?: number;
  readonly below?: number;
  readonly rate?: number;
  readonly seconds?: number;
  readonly warmUp?: number;
  readonly patience?: number;
  readonly get?: string;
  readonly getHeaders?: readonly string[];
  readonly request?: string;
  readonly requestHeaders?: readonly string[];
  readonly body?: string;
  readonly status?: string;
}

interface Times {
  readonly count: number;
  readonly median: number;
  readonly p99: number;
  readonly most: number;
}

export interface StreamFigures {
  /** From the first connection to the last reader being live. */
  readonly liveMs: number;
  readonly tookMs: number;
  readonly posted: number;
  readonly answered: number;
  /** Posts that the last reader got within the time that counts. */
  readonly delivered: number;
  readonly events: number;
  readonly fewestEvents: number;
  /** Readers whose connection was closed. */
  readonly cut: number;
  readonly answerMs: Times;
  readonly lastReaderMs: Times;
}

/** How ours is asked: a stream says when it opens, and again once it is live. */
export const OURS = {
  comments: 2,
  requestHeaders: [`Authorization: ${credentials}`],
  body: JSON.stringify({ text: `# ${messageText}` }),
};

/** Why so many connections cannot be had here; `null`: they can. */
export function whyNoStreams(connections: number): LeftOut | null {
  if (connections + OTHER_FILES > mostFiles())
    return new LeftOut(`a process may open ${mostFiles()} files, and ${connections} connections need more: ulimit -Hn`);
  if (spawnSync('cc', ['--version']).error)
    return new LeftOut('cc is not installed (Debian: apt install gcc libc6-dev)');
  return null;
}

/** Runs the load program to its end. */
export async function loadStreams(workshop: Workshop, load: StreamLoad): Promise<StreamFigures> {
  const program = start(workshop, load, []);
  if (!program.stdout) throw new Error('streams has no output');
  const [output, [code]] = await Promise.all([text(program.stdout), once(program, 'exit')]);
  if (code !== 0) throw new Error(`streams ended with ${code}`);
  return JSON.parse(output) as StreamFigures;
}

/** Opens streams, and keeps them open while `use` runs. */
export async function holdStreams<Result>(
  workshop: Workshop,
  load: StreamLoad,
  use: () => Promise<Result>,
): Promise<Result> {
  const program = start(workshop, load, ['--hold']);
  if (!program.stdout) throw new Error('streams has no output');
  const exit = once(program, 'exit').then(([code]) => {
    if (code !== 0) throw new Error(`streams ended with ${code}`);
  });
  await Promise.race([once(program.stdout, 'data'), exit]);
  const result = await use();
  program.stdin?.end();
  await exit;
  return result;
}

function start(workshop: Workshop, load: StreamLoad, more: readonly string[]): ChildProcess {
  const args = Object.entries(load).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => [`--${optionOf(name)}`, String(value)]),
  );
  return workshop.spawn(built(workshop), [...args, ...more], ['pipe', 'pipe', 'inherit']);
}

/** `getHeaders` are several of `--get-header`. */
function optionOf(name: string): string {
  return name.replace(/Headers$/, 'Header').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Made once a run. */
function built(workshop: Workshop): string {
  const program = workshop.file('streams');
  if (existsSync(program)) return program;
  const { status, stderr } = spawnSync('cc', ['-O2', '-Wall', '-Wextra', '-o', program, source], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cc cannot make the load program:\n${stderr}`);
  return program;
}
