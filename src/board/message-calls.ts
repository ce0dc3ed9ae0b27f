import { type Client, ListQuery, type MatchOptions, type Page, type PostOptions } from '../model/client.ts';
import { formatCursor } from '../model/cursor.ts';
import { badInput } from '../model/errors.ts';
import { type Message, MessageDraft, MessageEdit } from '../model/message.ts';
import { type Account, idsOf, select } from './account.ts';
import { linksOf, spanOf } from './paging.ts';
import type { Parts } from './parts.ts';
import { edit, isSeenBy, noMessage, post, remove } from './posting.ts';
import { dataText, validate } from './validate.ts';

/** What can be done with messages. */
export class MessageCalls {
  readonly #parts: Parts;
  readonly #account: Account;

  constructor(parts: Parts, account: Account) {
    this.#parts = parts;
    this.#account = account;
  }

  readonly calls: Client['messages'] = {
    post: (draft, options = {}) => this.#post(draft, options),
    get: (id) => this.#get(id),
    edit: (id, change, options = {}) => this.#edit(id, change, options),
    delete: (id, options = {}) => this.#delete(id, options),
    list: (query = {}) => this.#list(query),
  };

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
}
