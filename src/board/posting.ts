import { hash } from 'node:crypto';
import { BoardError, badInput } from '../model/errors.ts';
import type { Batch, KeyName } from '../store/batch.ts';
import { peopleOf, topicsOf } from '../store/columns.ts';
import type { MessageRow, UserRow } from '../store/schema.ts';
import type { Write } from '../store/writer.ts';

/** At most this many topics on a message, those of its thread among them. */
const MOST_TOPICS = 10;

/** A message to post, with all that can be known before the lock. */
export interface Draft {
  readonly userId: number;
  readonly text: string;
  /** JSON. */
  readonly data: string | null;
  readonly topics: readonly string[];
  readonly replyTo: number | null;
  /** The people it is for, the author not counted; `null`: not said, so public or, of a reply, its thread's. */
  readonly to: readonly number[] | null;
  readonly key: string | null;
}

/** What a post came to: a new message, or the one that its key made before. */
export type Posted =
  | { readonly kind: 'posted'; readonly row: MessageRow }
  | { readonly kind: 'repeated'; readonly id: number };

/** Where a message belongs, once its parent is known. */
interface Place {
  readonly thread: number | null;
  readonly topics: readonly string[];
  readonly people: readonly number[];
  /** Of a private conversation that may have begun: what it is known by. */
  readonly conversation: string | null;
}

/** Posts a message, once for each Idempotency-Key. */
export function post(draft: Draft): Write<Posted> {
  const key: KeyName | null = draft.key === null ? null : { userId: draft.userId, hash: digest(draft.key) };
  const people = draft.to === null || draft.to.length === 0 ? null : sorted([draft.userId, ...draft.to]);
  const conversation = people !== null && draft.replyTo === null ? conversationOf(people, draft.topics) : null;

  return {
    rows: 1,
    needs: {
      messages: draft.replyTo === null ? [] : [draft.replyTo],
      keys: key ? [key] : [],
      conversations: conversation === null ? [] : [conversation],
      // Of a reply, the audience is known by then: its thread's.
      audiences: people === null ? [] : [audienceOf(people)],
    },
    decide(batch) {
      const content = digest(JSON.stringify([draft.text, draft.data, draft.topics, draft.replyTo, people]));
      const before = key ? batch.key(key) : undefined;
      if (before && before.digest !== content) {
        throw new BoardError(
          'key-reused',
          'This Idempotency-Key was used for another message. Take a new key for each.',
        );
      }
      if (before) return { kind: 'repeated', id: before.first_id };

      const row = add(batch, draft, people, conversation);
      if (key) batch.addKey(key, content, row.id, 1);
      return { kind: 'posted', row };
    },
  };
}

function add(batch: Batch, draft: Draft, people: readonly number[] | null, conversation: string | null): MessageRow {
  const parent = draft.replyTo === null ? null : parentOf(batch, draft);
  const place = parent ? besides(batch, parent, draft, people) : begun(batch, draft, people ?? [], conversation);
  const audience = parent
    ? parent.audience
    : place.people.length === 0
      ? 0
      : batch.audience(audienceOf(place.people), place.people);

  const row = batch.post({ ...draft, topics: place.topics, thread: place.thread, audience, people: place.people });
  if (place.conversation !== null && place.thread === null) batch.addConversation(place.conversation, row.id);
  return row;
}

function parentOf(batch: Batch, draft: Draft): MessageRow {
  const parent = batch.messages.get(draft.replyTo ?? 0);
  if (!parent || parent.deleted === 1 || !isSeenBy(draft.userId, parent))
    throw badInput('replyTo', 'there is no such message');
  return parent;
}

/** A reply has its thread's audience and topics, and its own topics too. */
function besides(batch: Batch, parent: MessageRow, draft: Draft, people: readonly number[] | null): Place {
  const audience = peopleOf(parent);
  if (people !== null && people.join() !== audience.join()) {
    throw badInput('to', 'a reply goes to the people of its thread; leave this out');
  }
  const thread = batch.threads.get(parent.thread);
  const topics = [...new Set([...(thread ? topicsOf(thread) : []), ...draft.topics])];
  if (topics.length > MOST_TOPICS)
    throw badInput('topics', `with those of its thread there are more than ${MOST_TOPICS}`);

  return { thread: parent.thread, topics, people: audience, conversation: null };
}

function begun(batch: Batch, draft: Draft, people: readonly number[], conversation: string | null): Place {
  const thread = conversation === null ? null : (batch.conversation(conversation) ?? null);
  return { thread, topics: [...new Set(draft.topics)], people, conversation };
}

/** Changes a message's text and data. */
export function edit(
  id: number,
  by: UserRow,
  change: { readonly text?: string; readonly data?: string },
  ifMatch: IfMatch,
): Write<MessageRow> {
  return {
    rows: 1,
    needs: { messages: [id] },
    decide(batch) {
      const row = ownMessage(batch, id, by, ifMatch, 'edit');
      const text = change.text ?? row.text;
      const data = change.data ?? row.data;
      return text === row.text && data === row.data ? row : batch.edit(row, text, data);
    },
  };
}

/** Deletes a message: a tombstone without text and data is left. */
export function remove(id: number, by: UserRow, ifMatch: IfMatch): Write<void> {
  return {
    rows: 1,
    needs: { messages: [id] },
    decide: (batch) => batch.remove(ownMessage(batch, id, by, ifMatch, 'delete')),
  };
}

type IfMatch = readonly number[] | '*' | undefined;

/** What cannot be seen is not there, before anything else is looked at. */
function ownMessage(batch: Batch, id: number, by: UserRow, ifMatch: IfMatch, verb: 'edit' | 'delete'): MessageRow {
  const row = batch.messages.get(id);
  if (!row || row.deleted === 1 || !isSeenBy(by.id, row)) throw noMessage(id);
  if (row.user_id !== by.id) throw new BoardError('forbidden', `Only its author may ${verb} this message.`);
  if (Array.isArray(ifMatch) && !ifMatch.includes(row.seq)) {
    throw new BoardError(
      'precondition-failed',
      `The message has changed: its seq is ${row.seq} now. Read it again first.`,
    );
  }
  return row;
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

function audienceOf(people: readonly number[]): string {
  return digest(JSON.stringify(people));
}

function conversationOf(people: readonly number[], topics: readonly string[]): string {
  return digest(JSON.stringify([people, [...new Set(topics)].sort()]));
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url');
}
