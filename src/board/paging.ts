import type { Span } from '../store/selection.ts';

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
  direction: Span['direction'];
  isReversed: boolean;
} {
  const isNearestUp =
    before !== undefined && after === undefined ? false : after !== undefined && before === undefined ? true : isUp;
  return { direction: isNearestUp ? 'asc' : 'desc', isReversed: isNearestUp !== isUp };
}

/**
 * The pages on either side, by the marks at this page's ends.
 *
 * @param marks - of all that is on the page, in its order.
 */
export function linksOf<Mark, Query extends PageQuery<Mark>>(
  { query, isUp, limit }: Asked<Query>,
  marks: readonly Mark[],
): { next: Neighbour<Mark, Query> | null; prev: Neighbour<Mark, Query> | null } {
  const first = marks[0];
  const last = marks.at(-1);
  if (first === undefined || last === undefined) return { next: null, prev: null };

  const { offset = 0, before, after, ...rest } = query;
  const isFull = marks.length === limit;
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
