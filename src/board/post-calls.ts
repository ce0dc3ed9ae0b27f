import type { PostOptions } from '../model/client.ts';
import { BoardError, badInput, ofItem } from '../model/errors.ts';
import { type Message, MessageDraft, MOST_AT_ONCE } from '../model/message.ts';
import { nextTurn } from '../model/turn.ts';
import type { UserRow } from '../store/schema.ts';
import { type Account, idsOf, select } from './account.ts';
import { asked } from './hooks.ts';
import type { Parts } from './parts.ts';
import { living } from './people.ts';
import { type Draft, lookUp, type Once, post, type Repeated } from './posting.ts';
import { userOf } from './present.ts';
import { dataText, validate, validateEach } from './validate.ts';

/** After so many drafts of a bulk everybody else gets a turn: each may name 50 people. */
const TURN = 50;

/** Posting, of one message and of many. */
export class PostCalls {
  readonly #parts: Parts;
  readonly #account: Account;

  constructor(parts: Parts, account: Account) {
    this.#parts = parts;
    this.#account = account;
  }

  /** Resolves with the message, or with the id of the one that its key made before. */
  async post(given: MessageDraft, options: PostOptions): Promise<Message | number> {
    const author = await this.#account.user();
    validate(MessageDraft, given);
    const once = onceOf(options, () => contentOf(given));
    const posted =
      (await this.#before(author, once)) ??
      (await this.#parts.store.write(post(author.id, [await this.#prepare(given, author)], once)));
    if (posted.kind === 'repeated') return posted.firstId;

    const [message] = await this.#parts.presenter.messages(posted.rows);
    if (!message) throw new Error('a post makes a message');
    return message;
  }

  /** All or none. */
  async postMany(given: readonly MessageDraft[], options: PostOptions): Promise<Message[]> {
    const author = await this.#account.user();
    if (!Array.isArray(given)) throw badInput('body', 'must be an array of messages');
    if (given.length === 0) throw badInput('body', 'must have at least one message');
    if (given.length > MOST_AT_ONCE) throw badInput('body', `must have at most ${MOST_AT_ONCE} messages`);
    validateEach(MessageDraft, given);
    const once = onceOf(options, () => given.map(contentOf));

    const before = await this.#before(author, once);
    if (before) return this.#made(author, before);

    const drafts: Draft[] = [];
    for (const [index, draft] of given.entries()) {
      if (index % TURN === TURN - 1) await nextTurn();
      drafts.push(
        await this.#prepare(draft, author).catch((error: unknown) => {
          throw ofItem(index, error);
        }),
      );
    }
    const posted = await this.#parts.store.write(post(author.id, drafts, once));
    if (posted.kind === 'posted') return this.#parts.presenter.messages(posted.rows);
    return this.#made(author, posted);
  }

  /** What a key has made already; the host is not asked again about that. */
  async #before(author: UserRow, once: Once | null): Promise<Repeated | null> {
    const { hooks, store } = this.#parts;
    return hooks.beforePost && once ? store.write(lookUp(author.id, once)) : null;
  }

  async #prepare(given: MessageDraft, author: UserRow): Promise<Draft> {
    const { text, data, topics = [], replyTo, to } = await this.#asked(given, author);
    return {
      text,
      data: dataText(data),
      topics,
      replyTo: replyTo ?? null,
      to: to === undefined ? null : idsOf((await this.#parts.people.recall(to)).map(living), to, 'to'),
    };
  }

  async #asked(given: MessageDraft, author: UserRow): Promise<MessageDraft> {
    const { beforePost } = this.#parts.hooks;
    if (!beforePost) return given;
    const draft = await asked(given, (input) => beforePost(input, userOf(author)));
    validate(MessageDraft, draft);
    return draft;
  }

  /** What is left of a bulk that was posted before, as it is now. */
  async #made({ id }: UserRow, { firstId, n }: Repeated): Promise<Message[]> {
    const { store, people, presenter } = this.#parts;
    const span = { after: firstId - 1, before: firstId + n, direction: 'asc', limit: n, offset: 0 } as const;
    const { rows } = await store.messages.list(span, { viewer: id, selection: await select({}, id, people) });
    if (rows.length > 0) return presenter.messages(rows);
    throw new BoardError('not-found', 'All messages that this Idempotency-Key made have been deleted.');
  }
}

/** @throws BoardError `bad-input` if the key is none. */
function onceOf({ idempotencyKey: key }: PostOptions, content: () => unknown): Once | null {
  if (key === undefined) return null;
  if (!/^[\x20-\x7e]{1,255}$/.test(key)) throw badInput('Idempotency-Key', 'must be 1 to 255 ASCII characters');
  return { key, content: JSON.stringify(content()) };
}

/** What its sender meant, whatever becomes of it; a bulk's is a list of such, so that no single one equals it. */
function contentOf({ text, topics, replyTo, to, data }: MessageDraft): unknown {
  return { text, topics, replyTo: replyTo ?? undefined, to, data: data ?? undefined };
}
