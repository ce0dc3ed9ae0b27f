import type { ListQuery } from '../../src/model/client.ts';
import type { Filter } from '../../src/model/filter.ts';

/** A message as somebody who knows everything remembers it. */
export interface Remembered {
  readonly id: number;
  readonly by: string;
  text: string;
  readonly topics: readonly string[];
  readonly replyTo: number | null;
  readonly thread: number;
  /** All who see it; `null`: everybody. */
  readonly people: readonly string[] | null;
  isDeleted: boolean;
}

/** What a list shows of a message. */
export type Shown = readonly [id: number, text: string, posts: number | null, latest: number | null];

/** A board in memory that answers by looking through all it has. */
export class BoardModel {
  readonly messages: Remembered[] = [];

  byId(id: number): Remembered | undefined {
    return this.messages.find((message) => message.id === id);
  }

  /** The live ones that `viewer` may see and asks for, by id. */
  selected(viewer: string | null, filter: Filter): Remembered[] {
    return this.#visible(viewer).filter((message) => isSelected(message, viewer, filter));
  }

  /** A page, in the order asked for. */
  page(viewer: string | null, query: ListQuery): Shown[] {
    const rows = query.order === 'active' ? this.#threads(viewer, query) : this.#rows(viewer, query);
    const isDown = query.order === 'desc' || query.order === 'active';
    const { after, before, offset = 0, limit = 20 } = query;
    const between = rows
      .filter(({ key }) => (after === undefined || key > after) && (before === undefined || key < before))
      .sort((left, right) => left.key - right.key);

    const isFromTop =
      after === undefined && before !== undefined ? true : before === undefined && after !== undefined ? false : isDown;
    const nearest = (isFromTop ? between.toReversed() : between).slice(offset, offset + limit);
    return (isFromTop === isDown ? nearest : nearest.toReversed()).map(({ shown }) => shown);
  }

  #visible(viewer: string | null): Remembered[] {
    return this.messages.filter(
      ({ people, isDeleted }) => !isDeleted && (people === null || (viewer !== null && people.includes(viewer))),
    );
  }

  #rows(viewer: string | null, filter: Filter): { key: number; shown: Shown }[] {
    return this.selected(viewer, filter).map(({ id, text }) => ({ key: id, shown: [id, text, null, null] }));
  }

  #threads(viewer: string | null, filter: Filter): { key: number; shown: Shown }[] {
    const threads = Map.groupBy(this.#visible(viewer), ({ thread }) => thread);
    return [...threads].flatMap(([thread, left]) => {
      const began = this.byId(thread);
      const [first, last] = [left[0], left.at(-1)];
      if (!began || !first || !last || !isSelected(began, viewer, filter)) return [];
      return [{ key: last.id, shown: [first.id, first.text, left.length, last.id] as const }];
    });
  }
}

function isSelected(message: Remembered, viewer: string | null, filter: Filter): boolean {
  const { topic, user, thread, replyTo, visibility = 'all' } = filter;
  const isPrivate = message.people !== null;
  const partners = filter.with && new Set([viewer, ...filter.with.map(String)]);
  return (
    (visibility === 'all' || (visibility === 'private') === isPrivate) &&
    (topic === undefined || topic.some((each) => message.topics.includes(each))) &&
    (user === undefined || user.includes(message.by)) &&
    (thread === undefined || message.thread === thread) &&
    (replyTo === undefined || (message.replyTo ?? 'none') === replyTo) &&
    (partners === undefined || (isPrivate && partners.symmetricDifference(new Set(message.people)).size === 0))
  );
}
