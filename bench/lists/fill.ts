import { type Draft, post, signUp } from '../../src/board/posting.ts';
import { sqlite } from '../../src/store/dialects/sqlite.ts';
import { Store } from '../../src/store/store.ts';

/** How many messages share a transaction. */
const BATCH = 1000;

/** The board that lists are measured on, and who and what is special about it. */
export const board = {
  users: 10_000,
  topics: 1000,
  /** Is in a tenth of all messages, privately. */
  heavy: 1,
  /** Is in few. */
  light: 5000,
  /** Wrote only in the first hundredth. */
  quiet: Array.from({ length: 200 }, (_, n) => 9001 + n),
  quietTopic: 'quiet',
  /** What one in two hundred messages answers. */
  busyThread: 1,
} as const;

/** Fills a new database file with so many messages, by the board's own rules but without its passwords. */
export async function fill(file: string, messages: number, say: (what: string) => void): Promise<void> {
  const store = await Store.open({
    dialect: sqlite(file),
    epoch: 'bench',
    onCommit: () => {},
    onWarning: () => {},
    now: Date.now,
    onFault: (error) => say(String(error)),
  });
  const random = generator(1);
  for (let made = 0; made < board.users; made += BATCH) {
    await Promise.all(Array.from({ length: BATCH }, (_, n) => store.write(accountOf(made + n + 1))));
  }
  for (let made = 0; made < messages; made += BATCH) {
    if (made % 20_000 === 0) say(`filling the board: ${made.toLocaleString('en')} messages`);
    await Promise.all(
      Array.from({ length: BATCH }, (_, n) => {
        const [author, draft] = messageOf(made + n + 1, made + n < messages / 100, random);
        return store.write(post(author, [draft], null));
      }),
    );
  }
  await store.close();
}

function accountOf(id: number) {
  const username = `person${id}`;
  return signUp({ username, username_key: username, password_hash: null, bio: null, data: null });
}

function messageOf(id: number, isEarly: boolean, random: () => number): [author: number, draft: Draft] {
  const below = (end: number) => Math.floor(random() * end);
  const quiet = board.quiet[below(board.quiet.length)] ?? 1;
  const author = isEarly && below(5) === 0 ? quiet : 2 + below(9000 - 2);
  const draft = {
    text: `Message ${id} of a board that is full of them.`,
    data: null,
    topics: [],
    replyTo: null,
    to: [],
  };

  const what = random();
  if (id % 10 === 1) return [author, { ...draft, topics: [`topic${below(board.topics - 1)}`] }];
  if (what < 0.1) {
    const other = 2 + below(300);
    const [from, to] = below(2) === 0 ? [board.heavy, other] : [other, board.heavy];
    return [from, { ...draft, topics: below(4) === 0 ? [`topic${below(20)}`] : [], to: [to] }];
  }
  if (what < 0.15)
    return [
      author,
      { ...draft, to: [author === board.light ? 2 : below(20) === 0 ? board.light : 2 + below(9000 - 2)] },
    ];
  if (what < 0.155) return [author, { ...draft, replyTo: board.busyThread, to: null }];
  // What is answered is public: every tenth is.
  if (what < 0.4 && id > 10) return [author, { ...draft, replyTo: publicBefore(id, below), to: null }];
  if (isEarly && below(50) === 0) return [author, { ...draft, topics: [board.quietTopic] }];
  // Few topics are large and many small.
  const topic = `topic${Math.floor((board.topics - 1) * random() ** 2)}`;
  return [author, { ...draft, topics: below(3) === 0 ? [] : [topic] }];
}

/** A message of the last thousand that began a thread for everybody. */
function publicBefore(id: number, below: (end: number) => number): number {
  const tens = Math.floor((id - 2) / 10);
  return Math.max(0, tens - below(100)) * 10 + 1;
}

/** Random numbers from 0 to below 1, the same at each run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
