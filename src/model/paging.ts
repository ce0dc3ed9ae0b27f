import type { ListQuery, Page, TopicsPage, TopicsQuery, UsersQuery } from './client.ts';
import { DEFAULT_LIMIT, MOST_USERS } from './limits.ts';
import type { Message } from './message.ts';
import type { Topic } from './topic.ts';
import type { User } from './user.ts';

/** The neighbours of pages, which a server and its clients see alike. */

/** What every page is asked for with. */
interface PageQuery<Mark> {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  readonly after?: Mark | undefined;
  readonly before?: Mark | undefined;
}

/** The page asked for, and in which direction its marks grow. */
interface Asked<Query> {
  readonly query: Query;
  readonly isUp: boolean;
  readonly limit: number;
}

/**
 * Which way to walk to a page, and whether the walk goes against the order asked for: with one mark the page is what lies
 * nearest to it, whichever way it is then shown.
 */
export function walkOf({ query: { after, before }, isUp }: Asked<PageQuery<unknown>>): {
  direction: 'asc' | 'desc';
  isReversed: boolean;
} {
  const isNearestUp =
    before !== undefined && after === undefined ? false : after !== undefined && before === undefined ? true : isUp;
  return { direction: isNearestUp ? 'asc' : 'desc', isReversed: isNearestUp !== isUp };
}

/**
 * The pages on either side, by the marks at this page's ends. Between two marks only the next one is within them: where it began,
 * what was asked for does not say any more.
 *
 * @param marks - of all that is on the page, in its order.
 */
function linksOf<Mark, Query extends PageQuery<Mark>>(
  { query, isUp, limit }: Asked<Query>,
  marks: readonly Mark[],
): { next: Neighbour<Mark, Query> | null; prev: Neighbour<Mark, Query> | null } {
  const first = marks[0];
  const last = marks.at(-1);
  if (first === undefined || last === undefined) return { next: null, prev: null };

  const { offset = 0, before, after, ...rest } = query;
  const isFull = marks.length === limit;
  if (before !== undefined && after !== undefined) {
    const next = isUp ? { ...rest, after: last, before } : { ...rest, after, before: last };
    return { next: isFull ? next : null, prev: null };
  }
  const isFirst = offset === 0 && before === undefined && after === undefined;
  // Towards the mark that this page was asked for by there is more; away from it, if the page is full.
  const hasNext = isFull || (isUp ? before !== undefined : after !== undefined);
  const hasPrev = !isFirst && (isFull || (isUp ? after !== undefined : before !== undefined) || offset > 0);
  const up = (mark: Mark) => ({ ...rest, after: mark });
  const down = (mark: Mark) => ({ ...rest, before: mark });

  return {
    next: hasNext ? (isUp ? up(last) : down(last)) : null,
    prev: hasPrev ? (isUp ? down(first) : up(first)) : null,
  };
}

type Neighbour<Mark, Query> = Omit<Query, 'offset' | 'before' | 'after'> & ({ after: Mark } | { before: Mark });

/** How a page of messages is asked for. */
export function messagesAsked(query: ListQuery): Asked<ListQuery> {
  const isUp = query.order !== 'desc' && query.order !== 'active';
  return { query, isUp, limit: query.limit ?? DEFAULT_LIMIT };
}

export function messageLinks(query: ListQuery, messages: readonly Message[]): Pick<Page, 'next' | 'prev'> {
  const isActive = query.order === 'active';
  return linksOf(
    messagesAsked(query),
    messages.map(({ id, latest }) => (isActive && latest ? latest.id : id)),
  );
}

/** How a page of topics is asked for. */
export function topicsAsked(query: TopicsQuery): Asked<TopicsQuery> {
  return { query, isUp: query.order !== 'active', limit: query.limit ?? DEFAULT_LIMIT };
}

export function topicLinks(query: TopicsQuery, topics: readonly Topic[]): Pick<TopicsPage, 'next' | 'prev'> {
  const isActive = query.order === 'active';
  return linksOf(
    topicsAsked(query),
    topics.map(({ topic, latest }): string | number => (isActive ? latest.id : topic)),
  );
}

/** How many users a page has at most. */
export function usersLimit({ limit, user }: UsersQuery): number {
  return limit ?? (user === undefined ? DEFAULT_LIMIT : MOST_USERS);
}

/** The page after this one; users have no other neighbour. */
export function usersAfter(query: UsersQuery, users: readonly User[]): UsersQuery | null {
  const last = users.at(-1);
  return last && users.length === usersLimit(query) ? { ...query, after: last.username } : null;
}
