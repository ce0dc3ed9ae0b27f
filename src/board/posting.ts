import { hash } from 'node:crypto';
import { BoardError, badInput, ofItem } from '../model/errors.ts';
import type { Batch } from '../store/batch.ts';
import { audienceHash, peopleOf, topicsOf } from '../store/columns.ts';
import type { KeyName } from '../store/needs.ts';
import type { MessageRow, UserRow } from '../store/schema.ts';
import type { Write } from '../store/write.ts';
import { checkAuthor } from './account-writes.ts';

/** At most this many topics on a message, those of its thread among them. */
const MOST_TOPICS = 10;

/**
 * A message stands in lists: of its author and topics, and these of each of its people. A bulk may add so many lines to them,
 * some tenths of a second's work; 1,000 messages with 50 people and 10 topics would keep everybody waiting for seconds.
 */
const MOST_LINES = 20_000;

/** What a line takes, in bytes, about. */
const LINE_BYTES = 200;

/** A message to post, with all that can be known before the lock. */
export interface Draft {
  readonly text: string;
  /** JSON. */
  readonly data: string | null;
  readonly topics: readonly string[];
  readonly replyTo: number | null;
  /** The people it is for, the author not counted; `null`: not said, so public or, of a reply, its thread's. */
  readonly to: readonly number[] | null;
}

/** Under an Idempotency-Key the same content is posted once. */
export interface Once {
  readonly key: string;
  /** Tells one content from another. */
  readonly content: string;
}

/** The `n` messages that a key made before, the ticks from `firstId` on. */
export interface Repeated {
  readonly kind: 'repeated';
  readonly firstId: number;
  readonly n: number;
}

/** What a post came to. */
export type Posted = { readonly kind: 'posted'; readonly rows: readonly MessageRow[] } | Repeated;

/** A draft with what it may be known by. */
interface Prepared extends Draft {
  readonly userId: number;
  /** All who are to see it, sorted; empty: everybody; `null`: not said. */
  readonly people: readonly number[] | null;
  /** Of a private conversation that may have begun. */
  readonly conversation: string | null;
}

/** Where a message belongs, once its parent is known. */
interface Place {
  readonly thread: number | null;
  readonly topics: readonly string[];
  readonly people: readonly number[];
  readonly audience: number;
}

/** Posts messages, all of them or none. */
export function post(userId: number, drafts: readonly Draft[], once: Once | null): Write<Posted> {
  const key: KeyName | null = once === null ? null : { userId, hash: digest(once.key) };
  const content = once === null ? '' : digest(once.content);
  const prepared = drafts.map((draft) => prepare(userId, draft));

  return {
    rows: drafts.length,
    bytes: prepared.reduce((bytes, draft) => bytes + bytesOf(draft), 0),
    needs: {
      authors: [userId],
      messages: prepared.flatMap(({ replyTo }) => replyTo ?? []),
      keys: key ? [key] : [],
      conversations: prepared.flatMap(({ conversation }) => conversation ?? []),
      // Of a reply, the audience is known by then: its thread's.
      audiences: prepared.flatMap(({ people, replyTo }) =>
        replyTo !== null || people === null || people.length === 0 ? [] : [audienceHash(people)],
      ),
    },
    decide(batch) {
      checkAuthor(batch, userId);
      const before = key && repeated(batch, key, content);
      if (before) return before;

      // Whatever can be refused is refused before the first message is made.
      const places = prepared.map((draft, index) => inBulk(drafts.length, index, () => besides(batch, draft)));
      const lines = prepared.reduce((sum, draft, index) => sum + linesOf(places[index] ?? draft), 0);
      if (lines > MOST_LINES) {
        throw badInput(
          'body',
          `its messages have too many topics and people (${lines}, at most ${MOST_LINES}): send fewer`,
        );
      }
      const rows = prepared.map((draft, index) => add(batch, draft, places[index] ?? begun(batch, draft)));
      const [first] = rows;
      if (key && first) batch.addKey(key, content, first.id, rows.length);
      return { kind: 'posted', rows };
    },
  };
}

/** Looks whether a key has been used before. */
export function lookUp(userId: number, { key, content }: Once): Write<Repeated | null> {
  const name = { userId, hash: digest(key) };
  return { rows: 0, needs: { keys: [name] }, decide: (batch) => repeated(batch, name, digest(content)) };
}

function repeated(batch: Batch, key: KeyName, content: string): Repeated | null {
  const before = batch.key(key);
  if (!before) return null;
  if (before.digest === content) return { kind: 'repeated', firstId: before.first_id, n: before.n };
  throw new BoardError('key-reused', 'This Idempotency-Key was used for another message. Take a new key for each.');
}

function prepare(userId: number, draft: Draft): Prepared {
  const to = draft.to ?? (draft.replyTo === null ? [] : null);
  const people = to === null || to.length === 0 ? to : sorted([userId, ...to]);
  const isPrivate = draft.replyTo === null && people !== null && people.length > 0;
  return { ...draft, userId, people, conversation: isPrivate ? conversationOf(people, draft.topics) : null };
}

function bytesOf(draft: Prepared): number {
  return Buffer.byteLength(draft.text) + (draft.data?.length ?? 0) + linesOf(draft) * LINE_BYTES;
}

/** How many lines of lists a message adds. */
function linesOf({ topics, people }: Pick<Prepared, 'topics' | 'people'>): number {
  return (1 + topics.length) * Math.max(1, people?.length ?? 0);
}

function inBulk<Result>(size: number, index: number, check: () => Result): Result {
  if (size === 1) return check();
  try {
    return check();
  } catch (error) {
    throw ofItem(index, error);
  }
}

function add(batch: Batch, draft: Prepared, place: Place): MessageRow {
  const row = batch.post({ ...draft, ...place });
  if (draft.conversation !== null && place.thread === null) batch.addConversation(draft.conversation, row.id);
  return row;
}

/** A reply has its thread's audience and topics, and its own topics too. `null`: it is none. */
function besides(batch: Batch, draft: Prepared): Place | null {
  if (draft.replyTo === null) return null;
  const parent = batch.messages.get(draft.replyTo);
  if (!parent || parent.deleted === 1 || !isSeenBy(draft.userId, parent))
    throw badInput('replyTo', 'there is no such message');

  const people = peopleOf(parent);
  if (draft.people !== null && draft.people.join() !== people.join()) {
    throw badInput('to', 'a reply goes to the people of its thread; leave this out');
  }
  const thread = batch.threads.get(parent.thread);
  const topics = [...new Set([...(thread ? topicsOf(thread) : []), ...draft.topics])];
  if (topics.length > MOST_TOPICS)
    throw badInput('topics', `with those of its thread there are more than ${MOST_TOPICS}`);

  return { thread: parent.thread, topics, people, audience: parent.audience };
}

/** It begins a thread, or joins the one of its people and topics. */
function begun(batch: Batch, { conversation, topics, people }: Prepared): Place {
  const isPublic = people === null || people.length === 0;
  return {
    thread: conversation === null ? null : (batch.conversation(conversation) ?? null),
    topics: [...new Set(topics)],
    people: people ?? [],
    audience: isPublic ? 0 : batch.audience(audienceHash(people), people),
  };
}

/** Changes a message's text and data. */
export function edit(
  id: number,
  by: UserRow,
  change: { readonly text?: string; readonly data?: string | null },
  ifMatch: IfMatch,
): Write<MessageRow> {
  return {
    rows: 1,
    needs: { messages: [id], authors: [by.id] },
    decide(batch) {
      checkAuthor(batch, by.id);
      const row = visibleMessage(batch, id, by);
      if (row.user_id !== by.id) throw new BoardError('forbidden', 'Only its author may edit this message.');
      checkMatch(row, ifMatch);
      const text = change.text ?? row.text;
      const data = change.data === undefined ? row.data : change.data;
      return text === row.text && data === row.data ? row : batch.edit(row, text, data);
    },
  };
}

export type IfMatch = readonly number[] | '*' | undefined;

/** A message that is there for whoever acts (`null`: the operator, who sees what is public). Before anything else is looked at. */
export function visibleMessage(batch: Batch, id: number, by: UserRow | null): MessageRow {
  const row = batch.messages.get(id);
  if (!row || row.deleted === 1 || !isSeenBy(by?.id ?? null, row)) throw noMessage(id);
  return row;
}

export function checkMatch(row: MessageRow, ifMatch: IfMatch): void {
  if (Array.isArray(ifMatch) && !ifMatch.includes(row.seq)) {
    throw new BoardError(
      'precondition-failed',
      `The message has changed: its seq is ${row.seq} now. Read it again first.`,
    );
  }
}

export function noMessage(id: number): BoardError {
  return new BoardError('not-found', `There is no message ${id}, or it is not for you.`);
}

export function isSeenBy(viewer: number | null, row: MessageRow): boolean {
  return row.audience === 0 || (viewer !== null && peopleOf(row).includes(viewer));
}

/** Makes an account. */
export function signUp(
  user: Pick<UserRow, 'username' | 'username_key' | 'password_hash' | 'bio' | 'data'>,
): Write<UserRow> {
  return {
    rows: 1,
    needs: { usernameKeys: [user.username_key] },
    decide(batch) {
      if (batch.isTaken(user.username_key)) {
        throw new BoardError('taken', `The username ${user.username} is taken. Choose another.`);
      }
      return batch.addUser(user);
    },
  };
}

function sorted(people: readonly number[]): readonly number[] {
  return [...new Set(people)].sort((left, right) => left - right);
}

/** What private messages among these people with these topics are known by: they share a thread. */
export function conversationOf(people: readonly number[], topics: readonly string[]): string {
  return digest(JSON.stringify([people, [...new Set(topics)].sort()]));
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url');
}
