import {
  type Client,
  type Deletion,
  DeletionQuery,
  ListQuery,
  type MatchOptions,
  type Page,
  type PostOptions,
} from '../model/client.ts';
import { type Clock, cursorOf } from '../model/cursor.ts';
import { BoardError, badInput } from '../model/errors.ts';
import { type Message, type MessageDraft, MessageEdit } from '../model/message.ts';
import { messageLinks, messagesAsked, walkOf } from '../model/paging.ts';
import type { MessageRow, UserRow } from '../store/schema.ts';
import type { Span } from '../store/selection.ts';
import { type Account, select } from './account.ts';
import { frozen } from './frozen.ts';
import { asked } from './hooks.ts';
import type { Parts } from './parts.ts';
import { PostCalls } from './post-calls.ts';
import { edit, isSeenBy, noMessage } from './posting.ts';
import { userOf } from './present.ts';
import { inParts, remove, removeAllAs } from './removing.ts';
import { dataText, validate } from './validate.ts';

/** At most this many messages go at once; more take another call. */
const MOST_DELETED = 1000;

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
    deleteMany: (query) => this.#deleteMany(query),
    list: (query = {}) => this.#list(query),
  };

  async #post(draft: MessageDraft, options: PostOptions): Promise<Message> {
    const posted = await this.#posts.post(draft, options);
    return typeof posted === 'number' ? this.#get(posted) : posted;
  }

  async #get(id: number): Promise<Message> {
    const viewer = await this.#account.viewer();
    const { store, presenter, recent } = this.#parts;
    const answer = await recent.get(id, async () => {
      const row = await store.messages.byId(id);
      return row && row.deleted === 0 ? { row, message: await presenter.single(row) } : null;
    });
    if (!answer || !isSeenBy(viewer, answer.row)) throw noMessage(id);
    return answer.message;
  }

  async #edit(id: number, given: MessageEdit, { ifMatch }: MatchOptions): Promise<Message> {
    const author = await this.#account.user();
    validate(MessageEdit, given);
    const change = await this.#asked(id, given, author);
    const { text, data } = change;
    const fields = { ...(text !== undefined && { text }), ...(data !== undefined && { data: dataText(data) }) };
    return this.#parts.presenter.message(await this.#parts.store.write(edit(id, author, fields, ifMatch)));
  }

  async #asked(id: number, given: MessageEdit, author: UserRow): Promise<MessageEdit> {
    const { beforeEdit } = this.#parts.hooks;
    if (!beforeEdit) return given;
    const change = await asked(given, (input) => beforeEdit(input, userOf(author), id));
    validate(MessageEdit, change);
    return change;
  }

  async #delete(id: number, { ifMatch }: MatchOptions): Promise<void> {
    const by = await this.#account.actor();
    await this.#parts.store.write(remove(id, by, ifMatch));
  }

  async #deleteMany(query: DeletionQuery): Promise<Deletion> {
    const by = await this.#account.actor();
    validate(DeletionQuery, query);
    const { user, thread } = query;
    if ((user === undefined) === (thread === undefined))
      throw badInput('user', 'say either whose messages, or which thread');

    const { store, people } = this.#parts;
    const whose = { ...(user !== undefined && { user: [user] }), ...(thread !== undefined && { thread }) };
    const selection = await select({ ...whose, visibility: 'public' }, null, people);
    if (by !== null && by.moderator !== 1 && selection.users?.[0] !== by.id) {
      throw new BoardError('forbidden', 'Only moderators may delete the messages of others.');
    }

    const span: Span = { after: null, before: null, direction: 'asc', limit: MOST_DELETED, offset: 0 };
    const { rows } = await store.messages.list(span, { viewer: null, selection });
    let deleted = 0;
    for (const ids of inParts(rows)) deleted += await store.write(removeAllAs(by, ids));
    return { deleted };
  }

  async #list(query: ListQuery): Promise<Page> {
    if ((query.offset ?? 0) > ListQuery.properties.offset.maximum) {
      throw badInput('offset', 'must be 10000 or less; go further by after, the id of the last message seen');
    }
    validate(ListQuery, query);
    const viewer = await this.#account.viewer(query);
    return this.#parts.recent.page(JSON.stringify([viewer, query]), () => this.#read(query, viewer));
  }

  async #read(query: ListQuery, viewer: number | null): Promise<{ page: Page; rows: readonly MessageRow[] }> {
    const { store, people, presenter } = this.#parts;
    const sight = { viewer, selection: await select(query, viewer, people) };
    const { after = null, before = null, offset = 0, order } = query;
    const asked = messagesAsked(query);
    const { direction, isReversed } = walkOf(asked);
    const span: Span = { after, before, direction, limit: asked.limit, offset };
    const inOrder = <Row>(rows: readonly Row[]) => (isReversed ? rows.toReversed() : rows);
    const pageOf = (clock: Clock, messages: readonly Message[]): Page =>
      Object.freeze({
        messages: Object.freeze(messages),
        cursor: cursorOf(clock),
        // Whoever asked may go on to change what they asked with.
        ...frozen(structuredClone(messageLinks(query, messages))),
      });

    if (order === 'active') {
      const { rows, clock } = await store.threads.list(span, sight);
      return { rows, page: pageOf(clock, await presenter.singles(inOrder(rows))) };
    }
    const { rows, clock } = await store.messages.list(span, sight);
    return { rows, page: pageOf(clock, await presenter.messages(inOrder(rows))) };
  }
}
