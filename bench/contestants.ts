import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { messageText } from './message-text.ts';
import { type Server, startServer } from './start-server.ts';
import type { Workshop } from './workshop.ts';

/** The user of a benchmark's requests, as `Authorization`. */
export const credentials = `Basic ${btoa('kitten:yarn')}`;

/** How many requests are under way at once while a board is filled. */
const fillers = 64;

const ourProgram = fileURLToPath(new URL('../bin/msgboard.js', import.meta.url));
const bareHttp = fileURLToPath(new URL('./servers/bare-http.ts', import.meta.url));
const rawStreams = fileURLToPath(new URL('./servers/raw-streams.ts', import.meta.url));
const plainInsert = fileURLToPath(new URL('./servers/plain-insert.ts', import.meta.url));
const plainFastify = fileURLToPath(new URL('./servers/plain-fastify.ts', import.meta.url));

/**
 * The real server on this database.
 *
 * @param program - Default: that of this checkout, from its sources.
 */
export function startNode(
  workshop: Workshop,
  database: string,
  env: NodeJS.ProcessEnv = {},
  program = ourProgram,
): Promise<Server> {
  return startServer(workshop, 'msgboard', (port) => [program, '--port', String(port), '--database', database], {
    MSGBOARD_RATE_LIMIT: 'off',
    // Its peers log nothing either.
    MSGBOARD_LOG: 'off',
    ...env,
  });
}

/**
 * Ours: the real server, with a user and so many messages.
 *
 * @param database - where it stores them. Default: in a file.
 */
export async function startMsgboard(
  workshop: Workshop,
  name: string,
  messages: number,
  database = `sqlite:${workshop.file(`${name}-ours.db`)}`,
): Promise<Server> {
  const server = await startNode(workshop, database);
  const { url } = server;
  await post(`${url}/user`, { username: 'kitten', password: 'yarn', bio: 'A cute ittle kitten.' });
  // The first alone: checking a new password is costly by design, and need not be done 64 times at once.
  if (messages > 0) await postMessages(url, 1);
  await postMessages(url, messages - 1);
  return server;
}

/** Has a server of ours store so many messages more. */
export async function postMessages(url: string, messages: number): Promise<void> {
  for (let left = messages; left > 0; left -= fillers) {
    const posts = Array.from({ length: Math.min(left, fillers) }, () => post(`${url}/message`, { text: messageText }));
    await Promise.all(posts);
  }
}

/** The limit: bare `node:http` that repeats this answer. */
export function startBareHttp(workshop: Workshop, name: string, answer: string): Promise<Server> {
  const file = workshop.file(`${name}-answer.json`);
  writeFileSync(file, answer);

  return startServer(workshop, 'bare node:http', (port) => [bareHttp, String(port), file]);
}

/** The peer: plain Fastify on node:sqlite, with so many messages. */
export function startPlainFastify(workshop: Workshop, name: string, messages: number): Promise<Server> {
  const database = workshop.file(`${name}-peer.db`);

  return startServer(workshop, 'plain Fastify', (port) => [plainFastify, String(port), database, String(messages)]);
}

/** The peer on a database server: plain Fastify, one INSERT a request. */
export function startPlainInsert(workshop: Workshop, database: string): Promise<Server> {
  return startServer(workshop, 'plain Fastify', (port) => [plainInsert, String(port), database]);
}

/**
 * The limit of streams: raw sockets of `node:net`.
 *
 * @param flood - how many readers it waits for, and what it then writes to all of them, again and again. Default: nothing.
 */
export function startRawStreams(
  workshop: Workshop,
  flood: { readonly readers: number; readonly chunk: string } | null,
): Promise<Server> {
  if (!flood) return startServer(workshop, 'raw sockets', (port) => [rawStreams, String(port)]);
  const file = workshop.file('flood');
  writeFileSync(file, flood.chunk);
  return startServer(workshop, 'raw sockets', (port) => [rawStreams, String(port), String(flood.readers), file]);
}

async function post(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(url.endsWith('/user') ? {} : { authorization: credentials }) },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`msgboard answered POST ${url} with ${answer.status}: ${text}`);
}
