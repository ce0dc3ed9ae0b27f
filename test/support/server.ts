import assert from 'node:assert/strict';
import { readdir, readlink } from 'node:fs/promises';
import type { Board } from '../../src/model/board.ts';
import { type ServerOptions, startServer } from '../../src/serve.ts';
import { Api } from './api.ts';
import { atEnd, type Scope } from './cleanup.ts';
import { type TemporaryDatabase, temporaryDatabase } from './database.ts';
import { eventually } from './eventually.ts';

export interface TestServer {
  readonly url: string;
  readonly api: Api;
  /** What is served, as the program sees it that serves it. */
  readonly board: Board;
  readonly database: TemporaryDatabase;
  /** Ends the server before the test does. */
  close(): Promise<void>;
}

export interface TestServerOptions extends Omit<ServerOptions, 'database'> {
  readonly database?: TemporaryDatabase;
}

/**
 * A real server on a free port of this machine, on a database file of its own. The end of the test closes it, and fails
 * if anything is left open: a socket, a timer, a file. Nothing is limited unless `limits` says so.
 */
export async function startTestServer(
  scope: Scope,
  { database: given, ...options }: TestServerOptions = {},
): Promise<TestServer> {
  const database = given ?? (await temporaryDatabase(scope));
  holdToTidiness(scope, database.dir);
  const usual = { port: 0, host: '127.0.0.1', limits: 'off' } as const;
  const server = await startServer({ ...usual, ...options, database: database.at });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= server.close();
    return closing;
  };
  atEnd(scope, async () => {
    await close();
    await assert.rejects(fetch(server.url), 'the port still answers');
  });

  return { url: server.url, api: new Api(server.url), board: server.board, database, close };
}

const dirsOf = new WeakMap<Scope, Set<string>>();

/** Once all servers of a test are closed, not one by one: what is open to one of them is no fault of another's. */
function holdToTidiness(scope: Scope, dir: string): void {
  const known = dirsOf.get(scope);
  const dirs = (known ?? new Set()).add(dir);
  if (known) return;

  dirsOf.set(scope, dirs);
  const before = process.getActiveResourcesInfo();
  atEnd(scope, () =>
    eventually(async () => {
      assert.deepEqual(surplus(process.getActiveResourcesInfo(), before), [], 'left open by the server or its test');
      for (const each of dirs) assert.deepEqual(await openFiles(each), [], 'files left open by the server');
    }),
  );
}

/** What `now` has more of than `before`. */
function surplus(now: readonly string[], before: readonly string[]): string[] {
  const known = [...before];
  return now.filter((resource) => {
    const at = known.indexOf(resource);
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
}

/** Where the system shows them (Linux), the files below `dir` that this process holds open. */
async function openFiles(dir: string): Promise<string[]> {
  const handles = await readdir('/proc/self/fd').catch(() => []);
  const files = await Promise.all(handles.map((handle) => readlink(`/proc/self/fd/${handle}`).catch(() => '')));

  return files.filter((file) => file.startsWith(dir));
}
