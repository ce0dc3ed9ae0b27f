import { ndjson, objects, sse } from '../feed/formats.ts';
import type { Hub } from '../feed/hub.ts';
import type { LocalClient, Outlet, StreamFormat } from '../model/board.ts';
import type { StreamEvent } from '../model/change.ts';
import {
  type Client,
  ListQuery,
  type MatchOptions,
  type Page,
  type Poll,
  PollQuery,
  type PostOptions,
  StreamQuery,
  type WaitOptions,
} from '../model/client.ts';
import { formatCursor, parseCursor } from '../model/cursor.ts';
import { BoardError, badInput } from '../model/errors.ts';
import { type Message, MessageDraft, MessageEdit } from '../model/message.ts';
import { type User, UserDraft } from '../model/user.ts';
import { usernameKey } from '../model/username.ts';
import type { Store } from '../store/store.ts';
import { type Account, idsOf, select } from './account.ts';
import { Collector } from './collector.ts';
import { linksOf, spanOf } from './paging.ts';
import type { Passwords } from './passwords.ts';
import type { People } from './people.ts';
import { edit, isSeenBy, noMessage, post, remove, signUp } from './posting.ts';
import { type Presenter, userOf } from './present.ts';
import { dataText, validate } from './validate.ts';

/** What a board is made of. */
export interface Parts {
  readonly store: Store;
  readonly hub: Hub;
  readonly people: People;
  readonly passwords: Passwords;
  readonly presenter: Presenter;
}

/** Messages that a stream reads at a time while it catches up. */
const PAGE = 200;

/** What somebody may do on a board of this process. */
export class BoardClient implements LocalClient {
  readonly #parts: Parts;
  readonly #account: Account;

  constructor(parts: Parts, account: Account) {
    this.#parts = parts;
    this.#account = account;
  }

  readonly users: Client['users'] = {
    create: (draft) => this.#signUp(draft),
    get: (idOrName) => this.#getUser(idOrName),
  };

  readonly messages: Client['messages'] = {
    post: (draft, options = {}) => this.#post(draft, options),
    get: (id) => this.#get(id),
    edit: (id, change, options = {}) => this.#edit(id, change, options),
    delete: (id, options = {}) => this.#delete(id, options),
    list: (query = {}) => this.#list(query),
  };

  async #signUp(draft: UserDraft): Promise<User> {
    validate(UserDraft, draft);
    const key = usernameKey(draft.username);
    const data = dataText(draft.data);
    const { store, people, passwords } = this.#parts;
    // Hashing is dear, so a name that is taken already is refused before; the lock has the last word.
    if (await people.byName(draft.username))
      throw new BoardError('taken', `The username ${draft.username} is taken. Choose another.`);

    const password_hash = await passwords.hash(draft.password);
    const username = draft.username.normalize('NFC');
    return userOf(
      await store.write(signUp({ username, username_key: key, password_hash, bio: draft.bio ?? null, data })),
    );
  }

  async #getUser(idOrName: string | number): Promise<User> {
    const row = await this.#parts.people.find(idOrName);
    if (!row) throw new BoardError('not-found', `There is no user ${idOrName}.`);
    return userOf(row);
  }

  async #post(draft: MessageDraft, { idempotencyKey }: PostOptions): Promise<Message> {
    const author = await this.#account.user();
    validate(MessageDraft, draft);
    if (idempotencyKey !== undefined && !/^[\x20-\x7e]{1,255}$/.test(idempotencyKey)) {
      throw badInput('Idempotency-Key', 'must be 1 to 255 ASCII characters');
    }
    const data = dataText(draft.data);
    const { store, people, presenter } = this.#parts;

    const posted = await store.write(
      post({
        userId: author.id,
        text: draft.text,
        data,
        topics: draft.topics ?? [],
        replyTo: draft.replyTo ?? null,
        to: draft.to === undefined ? null : await idsOf(draft.to, 'to', people),
        key: idempotencyKey ?? null,
      }),
    );
    return posted.kind === 'posted' ? presenter.message(posted.row) : this.#get(posted.id);
  }

  async #get(id: number): Promise<Message> {
    const viewer = await this.#account.viewer();
    const row = await this.#parts.store.messages.byId(id);
    if (!row || row.deleted === 1 || !isSeenBy(viewer, row)) throw noMessage(id);
    return this.#parts.presenter.single(row);
  }

  async #edit(id: number, change: MessageEdit, { ifMatch }: MatchOptions): Promise<Message> {
    const author = await this.#account.user();
    validate(MessageEdit, change);
    const data = dataText(change.data);
    const fields = { ...(change.text !== undefined && { text: change.text }), ...(data !== null && { data }) };
    return this.#parts.presenter.message(await this.#parts.store.write(edit(id, author, fields, ifMatch)));
  }

  async #delete(id: number, { ifMatch }: MatchOptions): Promise<void> {
    const author = await this.#account.user();
    await this.#parts.store.write(remove(id, author, ifMatch));
  }

  async #list(query: ListQuery): Promise<Page> {
    if ((query.offset ?? 0) > ListQuery.properties.offset.maximum) {
      throw badInput('offset', 'must be 10000 or less; go further by after, the id of the last message seen');
    }
    validate(ListQuery, query);
    const { store, people, presenter } = this.#parts;
    const viewer = await this.#account.viewer();
    const selection = await select(query, viewer, people);

    const { span, isReversed } = spanOf(query);
    const { rows, clock } = await store.messages.list(span, { viewer, selection });
    const messages = (await presenter.states(isReversed ? rows.toReversed() : rows)).map(
      ({ message }) => message as Message,
    );
    const cursor = formatCursor({ id: clock.seq, seq: clock.seq }, clock.epoch);
    return { messages, cursor, ...linksOf(query, messages) };
  }

  async pipe(query: StreamQuery, format: StreamFormat, open: () => Outlet<Uint8Array>): Promise<void> {
    validate(StreamQuery, query);
    const viewer = await this.#account.viewer();
    await this.#parts.hub.subscribe({
      viewer,
      selection: await select(query, viewer, this.#parts.people),
      cursor: query.cursor === undefined ? null : parseCursor(query.cursor),
      format: format === 'sse' ? sse : ndjson,
      open,
      pageSize: PAGE,
    });
  }

  async poll(query: PollQuery = {}, { signal }: WaitOptions = {}): Promise<Poll> {
    validate(PollQuery, query);
    const viewer = await this.#account.viewer();
    const limit = query.limit ?? PollQuery.properties.limit.default;
    const collector = new Collector({ limit, waitMs: (query.wait ?? 0) * 1000, signal });
    await this.#parts.hub.subscribe({
      viewer,
      selection: await select(query, viewer, this.#parts.people),
      cursor: query.cursor === undefined ? null : parseCursor(query.cursor),
      format: objects,
      open: () => collector,
      pageSize: Math.min(limit, PAGE),
    });
    return collector.result;
  }

  /** A poll after the other, each from where the last one ended: nothing piles up while the loop is busy. */
  async *stream(query: StreamQuery = {}, options: WaitOptions = {}): AsyncGenerator<StreamEvent> {
    let cursor = query.cursor;
    while (!options.signal?.aborted) {
      const next = { ...query, wait: 60, ...(cursor !== undefined && { cursor }) };
      const poll: Poll = await this.poll(next, options);
      yield* poll.events;
      cursor = poll.cursor;
    }
  }
}
