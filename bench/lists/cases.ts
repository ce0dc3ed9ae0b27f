import type { Client, ListQuery, TopicsQuery, UsersQuery } from '../../src/model/client.ts';
import { board } from './fill.ts';

/** A mark, or `null` for the first page. */
type Mark = number | string | null;

/** One list, at several depths. */
export interface Case {
  readonly name: string;
  /** A user's id; `null`: nobody in particular. */
  readonly viewer: number | null;
  readonly query: (client: Client, mark: Mark) => Promise<unknown>;
  /** The first page, and marks of deeper ones, on a board whose head is `head`. */
  readonly marks: (head: number) => readonly Mark[];
}

const DEPTHS = [0.01, 0.3, 0.6, 0.9];

const timeline = Array.from({ length: 300 }, (_, n) => 30 * (n + 1));

/** Filters, and who asks by each. */
const filters: readonly [name: string, viewers: readonly (number | null)[], filter: ListQuery][] = [
  ['everything', [null, board.heavy, board.light], {}],
  ['visibility=private', [board.heavy, board.light], { visibility: 'private' }],
  ['visibility=public', [board.heavy], { visibility: 'public' }],
  ['topic, large', [null, board.heavy], { topic: ['topic1'] }],
  ['topic, long quiet', [null], { topic: [board.quietTopic] }],
  ['topic, 100 of them', [null, board.heavy], { topic: Array.from({ length: 100 }, (_, n) => `topic${n * 9}`) }],
  ['user', [null, board.heavy], { user: [77] }],
  ['user, oneself', [board.heavy], { user: [board.heavy] }],
  ['user, 200 quiet', [null, board.heavy], { user: [...board.quiet] }],
  ['user, 300', [null, board.heavy, board.light], { user: timeline }],
  ['user, 300, replyTo=none', [null, board.heavy], { user: timeline, replyTo: 'none' }],
  ['user, 500', [board.heavy], { user: Array.from({ length: 500 }, (_, n) => 18 * (n + 1)) }],
  ['topic and user', [null], { topic: ['topic1'], user: [77] }],
  ['thread', [null, board.heavy, board.light], { thread: board.busyThread }],
  ['replyTo', [null, board.heavy, board.light], { replyTo: board.busyThread }],
  ['replyTo=none', [null, board.heavy, board.light], { replyTo: 'none' }],
  ['with', [board.heavy], { with: [77] }],
  ['with and topic', [board.heavy], { with: [77], topic: ['topic1'] }],
  ['private topic', [board.heavy], { topic: ['topic1'], visibility: 'private' }],
];

/** `back` is the way back through `active`. */
const orders = ['asc', 'desc', 'active', 'back'] as const;

const messageCases = filters.flatMap(([name, viewers, filter]) =>
  viewers.flatMap((viewer) =>
    orders.map((order): Case => {
      const isUp = order === 'asc' || order === 'back';
      const from = (mark: number) => (isUp ? { after: mark } : { before: mark });
      return {
        name: `messages ${order.padEnd(6)} ${name}, ${nameOf(viewer)}`,
        viewer,
        query: (client, mark) =>
          client.messages.list({
            ...filter,
            order: order === 'back' ? 'active' : order,
            ...(typeof mark === 'number' && from(mark)),
          }),
        marks: (head) => [null, ...DEPTHS.map((depth) => Math.round(head * (isUp ? depth : 1 - depth)))],
      };
    }),
  ),
);

function nameOf(viewer: number | null): string {
  if (viewer === null) return 'nobody';
  return viewer === board.heavy ? 'heavy' : 'light';
}

const topicCases = (['name', 'active'] as const).map(
  (order): Case => ({
    name: `topics ${order}`,
    viewer: null,
    query: (client, mark) => client.topics.list({ order, ...(mark !== null && pastOf(order, mark)) }),
    marks: (head) => (order === 'name' ? [null, 'topic3', 'topic6', 'topic9'] : [null, head - 1000, head - 5000]),
  }),
);

function pastOf(order: 'name' | 'active', mark: number | string): TopicsQuery {
  return order === 'name' ? { after: mark } : { before: mark };
}

const userCases = [{}, { prefix: 'Person9' }].map(
  (query: UsersQuery): Case => ({
    name: `users ${JSON.stringify(query)}`,
    viewer: null,
    query: (client, mark) => client.users.list({ ...query, ...(typeof mark === 'string' && { after: mark }) }),
    marks: () => [null, 'person92', 'person95', 'person98'],
  }),
);

export const cases: readonly Case[] = [...messageCases, ...topicCases, ...userCases];
