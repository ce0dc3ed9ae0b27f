import { join } from 'node:path';
import { parseArgs } from 'node:util';
import fastifyStatic from '@fastify/static';
import fastify from 'fastify';
import { type Board, msgboard, openBoard } from '../src/index.ts';
import { fillChat } from './chat/sample.ts';
import { fillForum } from './forum/sample.ts';
import { fillMicroblog } from './microblog/sample.ts';

/** Serves an example, with a board of its own; unless it is given a database, that ends with the process. */
const EXAMPLES = { chat: fillChat, forum: fillForum, microblog: fillMicroblog } satisfies Record<string, Fill>;

/** Makes the people of an example and lets them write, some of it hours ago. Answers their names. */
type Fill = (board: Board, password: string, setTime: (hoursAgo: number) => void) => Promise<string[]>;

export type ExampleName = keyof typeof EXAMPLES;
export const EXAMPLE_NAMES = Object.keys(EXAMPLES).filter(isExample);

export interface Example {
  readonly url: string;
  readonly board: Board;
  /** Whom it was filled with. All have the {@link PASSWORD}. */
  readonly people: readonly string[];
  close(): Promise<void>;
}

export const PASSWORD = 'yarn';

/** Nothing from elsewhere and nothing inline: what people write could not run even if it came into the page as HTML. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:";

/**
 * @param port - 0: one that is free.
 * @param database - is filled if nobody is there yet.
 */
export async function serveExample(name: ExampleName, port: number, database = 'sqlite::memory:'): Promise<Example> {
  let behind = 0;
  const board = await openBoard(database, { now: () => Date.now() - behind });
  const isNew = (await board.as().users.list({ limit: 1 })).users.length === 0;
  const fill = () =>
    EXAMPLES[name](board, PASSWORD, (hoursAgo) => {
      behind = hoursAgo * 3_600_000;
    });
  const people = isNew ? await fill() : [];
  behind = 0;

  const app = fastify({ forceCloseConnections: true });
  app.addHook('onClose', () => board.close());
  await app.register(fastifyStatic, {
    root: join(import.meta.dirname, name),
    cacheControl: false,
    setHeaders: (reply) => void reply.header('content-security-policy', POLICY),
  });
  await app.register(msgboard, { board, prefix: '/board' });
  const listening = await app.listen({ port, host: 'localhost' });

  const url = `http://localhost:${new URL(listening).port}/`;
  return { url, board, people, close: () => app.close() };
}

function isExample(name: string): name is ExampleName {
  return Object.hasOwn(EXAMPLES, name);
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { port: { type: 'string', default: '5001' }, database: { type: 'string' } },
  });
  const [name = ''] = positionals;
  if (!isExample(name)) {
    console.error(`There is no example "${name}". Say one of these: ${EXAMPLE_NAMES.join(', ')}.`);
    process.exitCode = 1;
    return;
  }
  const { url, people } = await serveExample(name, Number(values.port), values.database);
  console.log(`${name} is at ${url}`);
  if (people.length > 0) console.log(`Sign up there, or be ${people.join(' or ')}, with the password ${PASSWORD}.`);
}

if (import.meta.main) await main();
