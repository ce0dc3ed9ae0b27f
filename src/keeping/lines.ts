import { isPasswordHash } from '../board/passwords.ts';
import { dataText, validate } from '../board/validate.ts';
import { badInput } from '../model/errors.ts';
import type { JsonObject } from '../model/json.ts';
import { Message, MessageDraft } from '../model/message.ts';
import { User, UserDraft } from '../model/user.ts';
import { usernameKey } from '../model/username.ts';
import type { UnplacedMessage } from '../store/batch-work.ts';
import { peopleOf, topicsOf } from '../store/columns.ts';
import type { MessageRow, UserRow } from '../store/schema.ts';
import type { Extent, Part } from '../store/whole.ts';

const FORMAT = 1;

const id = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;
const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const time = { type: 'string' } as const;

/** The first line: what is behind it. */
export interface Header extends Extent {
  readonly type: 'board';
  readonly format: typeof FORMAT;
  readonly part: Part;
  readonly passwords: boolean;
}

const HeaderLine = closed({
  type: { enum: ['board'] },
  format: { enum: [FORMAT] },
  part: { enum: ['all', 'public'] },
  passwords: { type: 'boolean' },
  epoch: { type: 'string', maxLength: 32 },
  seq: count,
  horizon: count,
  lastUserId: count,
  users: count,
  messages: count,
});

/** An account. Of what is public alone, `state`, `banned` and `password` are not there. */
interface UserLine {
  readonly type: 'user';
  readonly id: number;
  readonly seq: number;
  readonly username: string;
  readonly bio: string | null;
  readonly data: JsonObject | null;
  readonly created: string;
  readonly moderator: boolean;
  readonly banned?: boolean;
  readonly state?: State;
  readonly password?: string | null;
}

/** By what the table has; `leaving`: deleted, with messages that are still to be deleted. */
const STATES = ['here', 'leaving', 'gone'] as const;
type State = (typeof STATES)[number];

const { bio, data: userData, moderator } = User.properties;
const UserLine = closed(
  {
    type: { enum: ['user'] },
    id,
    seq: count,
    username: UserDraft.properties.username,
    bio,
    data: userData,
    created: time,
    moderator,
  },
  { banned: { type: 'boolean' }, state: { enum: STATES }, password: { type: ['string', 'null'], maxLength: 500 } },
);

/** A message, or, `deleted`, what is left of it. */
interface MessageLine {
  readonly type: 'message';
  readonly id: number;
  readonly seq: number;
  readonly userId: number;
  readonly text: string;
  readonly data: JsonObject | null;
  readonly topics: readonly string[];
  readonly created: string;
  readonly edited: string | null;
  readonly deleted: boolean;
  readonly replyTo: number | null;
  readonly thread: number;
  /** The ids of all who see it, its author among them; empty: everybody. */
  readonly people: readonly number[];
}

const { text, topics } = MessageDraft.properties;
const MessageLine = closed({
  type: { enum: ['message'] },
  id,
  seq: id,
  userId: id,
  text: { ...text, minLength: 0 },
  data: Message.properties.data,
  topics: { ...topics, uniqueItems: true },
  created: time,
  edited: { type: ['string', 'null'] },
  deleted: { type: 'boolean' },
  replyTo: { ...id, type: ['integer', 'null'] },
  thread: id,
  // The author, and to whom a message may go.
  people: { type: 'array', maxItems: MessageDraft.properties.to.maxItems + 1, uniqueItems: true, items: id },
});

export function headerLine(extent: Extent, part: Part, passwords: boolean): Header {
  const { epoch, seq, horizon, lastUserId, users, messages } = extent;
  return { type: 'board', format: FORMAT, part, passwords, epoch, seq, horizon, lastUserId, users, messages };
}

export function userLine(row: UserRow, part: Part, passwords: boolean): UserLine {
  return {
    type: 'user',
    id: row.id,
    seq: row.seq,
    username: row.username,
    bio: row.bio,
    data: parsed(row.data),
    created: isoOf(row.created),
    moderator: row.moderator === 1,
    ...(part === 'all' && { banned: row.banned === 1, state: STATES[row.deleted] ?? 'gone' }),
    ...(passwords && { password: row.password_hash }),
  };
}

export function messageLine(row: MessageRow): MessageLine {
  return {
    type: 'message',
    id: row.id,
    seq: row.seq,
    userId: row.user_id,
    text: row.text,
    data: parsed(row.data),
    topics: topicsOf(row),
    created: isoOf(row.created),
    edited: row.edited === null ? null : isoOf(row.edited),
    deleted: row.deleted === 1,
    replyTo: row.reply_to === 0 ? null : row.reply_to,
    thread: row.thread,
    people: peopleOf(row),
  };
}

/** @throws BoardError `bad-input` if it is no first line, of a format that is known here. */
export function readHeader(value: unknown): Header {
  if (typeOf(value) !== 'board')
    throw badInput('type', 'this is no export of msgboard: the first line must be its header');
  if (formatOf(value) !== FORMAT)
    throw badInput(
      'format',
      `this export has another format than ${FORMAT}: use the msgboard that made it, or a newer one`,
    );
  validate(HeaderLine, value);
  return value as Header;
}

/** An account as it is stored. @throws BoardError `bad-input` on the field that is beyond what the board takes. */
export function readUser(value: unknown, { seq: head, lastUserId }: Header): UserRow {
  validate(UserLine, value);
  const line = value as UserLine;
  if (line.id > lastUserId) throw badInput('id', `is above the ${lastUserId} that the header names`);
  if (line.seq > head) throw badInput('seq', `is above the ${head} that the header names`);
  if (typeof line.password === 'string' && !isPasswordHash(line.password))
    throw badInput('password', 'must be a hash as the board stores it, not a password');
  return {
    id: line.id,
    seq: line.seq,
    username: line.username.normalize('NFC'),
    username_key: usernameKey(line.username),
    password_hash: line.password ?? null,
    bio: line.bio,
    data: dataText(line.data),
    created: timeOf('created', line.created),
    moderator: Number(line.moderator),
    banned: Number(line.banned ?? false),
    deleted: STATES.indexOf(line.state ?? 'here'),
  };
}

/** The same of a message. What it refers to must be looked at under the lock. */
export function readMessage(value: unknown, { seq: head }: Header): UnplacedMessage {
  validate(MessageLine, value);
  const line = value as MessageLine;
  if (line.seq > head) throw badInput('seq', `is above the ${head} that the header names`);
  if (line.seq < line.id) throw badInput('seq', 'is below the id');
  if (line.thread > line.id || (line.replyTo ?? 0) >= line.id) throw badInput('thread', 'comes after the message');
  if (line.deleted && (line.text !== '' || line.data !== null))
    throw badInput('text', 'is there, of a deleted message');
  if (!line.deleted && line.text === '') throw badInput('text', 'must have at least 1 character');
  const people = [...line.people].sort((left, right) => left - right);
  const begins = line.thread === line.id;
  if (begins && line.replyTo !== null) throw badInput('replyTo', 'is there, of a message that begins a thread');
  if (!begins && line.replyTo === null && people.length === 0)
    throw badInput('thread', 'is not its own, of a public message that answers none');
  if (people.length > 0 && !people.includes(line.userId)) throw badInput('people', 'must have the author among them');
  return {
    id: line.id,
    seq: line.seq,
    user_id: line.userId,
    text: line.text,
    data: dataText(line.data),
    topics: JSON.stringify(line.topics),
    created: timeOf('created', line.created),
    edited: line.edited === null ? null : timeOf('edited', line.edited),
    deleted: Number(line.deleted),
    reply_to: line.replyTo ?? 0,
    thread: line.thread,
    // Counted, and found, where it is restored.
    replies: 0,
    audience: 0,
    people: people.length === 0 ? null : JSON.stringify(people),
  };
}

export function typeOf(value: unknown): unknown {
  return isObject(value) && 'type' in value ? value.type : undefined;
}

function formatOf(value: unknown): unknown {
  return isObject(value) && 'format' in value ? value.format : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function closed(properties: object, optional: object = {}) {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(properties),
    properties: { ...properties, ...optional },
  };
}

function parsed(data: string | null): JsonObject | null {
  return data === null ? null : JSON.parse(data);
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}

function timeOf(path: string, text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time) || isoOf(time) !== text)
    throw badInput(path, 'must be a time such as 2026-11-23T21:37:02.565Z');
  return time;
}
