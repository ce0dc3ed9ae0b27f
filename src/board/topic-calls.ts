import { type Client, type TopicsPage, TopicsQuery } from '../model/client.ts';
import { cursorOf } from '../model/cursor.ts';
import { badInput } from '../model/errors.ts';
import { topicLinks, topicsAsked, walkOf } from '../model/paging.ts';
import type { Account } from './account.ts';
import type { Parts } from './parts.ts';
import { validate } from './validate.ts';

/** What can be done with topics. They are public, to whoever may read. */
export class TopicCalls {
  readonly #parts: Parts;
  readonly #account: Account;

  constructor(parts: Parts, account: Account) {
    this.#parts = parts;
    this.#account = account;
  }

  readonly calls: Client['topics'] = {
    list: (query = {}) => this.#list(query),
  };

  async #list(query: TopicsQuery): Promise<TopicsPage> {
    await this.#account.viewer();
    validate(TopicsQuery, query);
    const isActive = query.order === 'active';
    const marks = { after: markOf('after', query.after, isActive), before: markOf('before', query.before, isActive) };
    const asked = topicsAsked(query);
    const { limit } = asked;
    const { direction, isReversed } = walkOf(asked);

    const { store, presenter } = this.#parts;
    const by = isActive ? 'latest' : 'topic';
    const { rows, clock } = await store.topics.list({ by, prefix: query.prefix ?? null, ...marks, direction, limit });
    const topics = await presenter.topics(isReversed ? rows.toReversed() : rows);
    return { topics, cursor: cursorOf(clock), ...topicLinks(query, topics) };
  }
}

/** Names, or ids; either may come as text or number. */
function markOf(field: string, mark: string | number | undefined, isActive: boolean): string | number | null {
  if (mark === undefined) return null;
  if (!isActive) return String(mark);
  const id = /^\d+$/.test(String(mark)) ? Number(mark) : Number.NaN;
  if (!Number.isSafeInteger(id)) throw badInput(field, 'with order=active it must be an id, the latest.id of a topic');
  return id;
}
