import { type Client, ListQuery, type MatchOptions, type Page, type PostOptions } from '../model/client.ts';
import { cursorOf } from '../model/cursor.ts';
import { badInput } from '../model/errors.ts';
import { type Message, type MessageDraft, MessageEdit } from '../model/message.ts';
import type { Span } from '../store/selection.ts';
import { type Account, select } from './account.ts';
import { linksOf, walkOf } from './paging.ts';
import type { Parts } from './parts.ts';
import { PostCalls } from './post-calls.ts';
import { edit, isSeenBy, noMessage, remove } from './posting.ts';
import { dataText, validate } from './validate.ts';

/** What can be done with messages. */
export class MessageCalls {
  readonly #parts: Parts;
  readonly #account: Account;
  readonly #posts: PostCalls;

  constructor(parts: Parts, account: Account) {
    this.#parts = parts;
    this.#account = account;
    this.#posts = new PostCalls(parts, account);
  }

  readonly calls: Client['messages'] = {
    post: (draft, options = {}) => this.#post(draft, options),
    postMany: (drafts, options = {}) => this.#posts.postMany(drafts, options),
    get: (id) => this.#get(id),
    edit: (id, change, options = {}) => this.#edit(id, change, options),
    delete: (id, options = {}) => this.#delete(id, options),
    list: (query = {}) => this.#list(query),
  };

  async #post(draft: MessageDraft, options: PostOptions): Promise<Message> {
    const posted = await this.#posts.post(draft, options);
    return typeof posted === 'number' ? this.#get(posted) : posted;
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
    const { store, people } = this.#parts;
    const viewer = await this.#account.viewer();
    const sight = { viewer, selection: await select(query, viewer, people) };

    const { after = null, before = null, offset = 0, order } = query;
    const asked = { query, isUp: order !== 'desc' && order !== 'active', limit: limitOf(query) };
    const { direction, isReversed } = walkOf(asked);
    const span: Span = { after, before, direction, limit: asked.limit, offset };
    const inOrder = <Row>(rows: readonly Row[]) => (isReversed ? rows.toReversed() : rows);

    if (order === 'active') {
      const { rows, clock } = await store.threads.list(span, sight);
      const messages = await this.#parts.presenter.singles(inOrder(rows));
      const marks = messages.map(({ id, latest }) => latest?.id ?? id);
      return { messages, cursor: cursorOf(clock), ...linksOf(asked, marks) };
    }
    const { rows, clock } = await store.messages.list(span, sight);
    const messages = await this.#parts.presenter.messages(inOrder(rows));
    const marks = messages.map(({ id }) => id);
    return { messages, cursor: cursorOf(clock), ...linksOf(asked, marks) };
  }
}

function limitOf({ limit }: ListQuery): number {
  return limit ?? ListQuery.properties.limit.default;
}
