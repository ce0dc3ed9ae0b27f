import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { messageText } from './message-text.ts';
import { LeftOut } from './row.ts';
import { startServer } from './start-server.ts';
import type { Workshop } from './workshop.ts';

/** The user of a benchmark's requests, as `Authorization`. */
export const credentials = `Basic ${btoa('kitten:yarn')}`;

/** How many requests are under way at once while a board is filled. */
const fillers = 64;

const ourProgram = fileURLToPath(new URL('../bin/msgboard.js', import.meta.url));
const bareHttp = fileURLToPath(new URL('./servers/bare-http.ts', import.meta.url));
const plainInsert = fileURLToPath(new URL('./servers/plain-insert.ts', import.meta.url));
const plainFastify = fileURLToPath(new URL('./servers/plain-fastify.ts', import.meta.url));

/** The real server on this database. Gives its URL. */
export async function startNode(
  workshop: Workshop,
  database: string,
  env: NodeJS.ProcessEnv = {},
): Promise<string | LeftOut> {
  if (!existsSync(ourProgram)) return new LeftOut('bin/msgboard.js does not exist');

  // By the environment, so that a server from before there were limits can be measured too.
  return startServer(workshop, 'msgboard', (port) => [ourProgram, '--port', String(port), '--database', database], {
    MSGBOARD_RATE_LIMIT: 'off',
    ...env,
  });
}

/**
 * Ours: the real server, with a user and so many messages.
 *
 * @param database - where it stores them. Default: in a file.
 * @returns its URL.
 */
export async function startMsgboard(
  workshop: Workshop,
  name: string,
  messages: number,
  database = `sqlite:${workshop.file(`${name}-ours.db`)}`,
): Promise<string | LeftOut> {
  const url = await startNode(workshop, database);
  if (url instanceof LeftOut) return url;

  await post(`${url}/user`, { username: 'kitten', password: 'yarn', bio: 'A cute ittle kitten.' });
  // The first alone: checking a new password is costly by design, and need not be done 64 times at once.
  for (let left = messages, atOnce = 1; left > 0; atOnce = fillers) {
    const posts = Array.from({ length: Math.min(left, atOnce) }, () => post(`${url}/message`, { text: messageText }));
    left -= posts.length;
    await Promise.all(posts);
  }
  return url;
}

/** The limit: bare `node:http` that repeats this answer. Gives its URL. */
export async function startBareHttp(workshop: Workshop, name: string, answer: string): Promise<string> {
  const file = workshop.file(`${name}-answer.json`);
  writeFileSync(file, answer);

  return startServer(workshop, 'bare node:http', (port) => [bareHttp, String(port), file]);
}

/** The peer: plain Fastify on node:sqlite, with so many messages. Gives its URL. */
export async function startPlainFastify(workshop: Workshop, name: string, messages: number): Promise<string> {
  const database = workshop.file(`${name}-peer.db`);

  return startServer(workshop, 'plain Fastify', (port) => [plainFastify, String(port), database, String(messages)]);
}

/** The peer on a database server: plain Fastify, one INSERT a request. Gives its URL. */
export async function startPlainInsert(workshop: Workshop, database: string): Promise<string> {
  return startServer(workshop, 'plain Fastify', (port) => [plainInsert, String(port), database]);
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
