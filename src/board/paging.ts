import { ListQuery, type Page } from '../model/client.ts';
import type { Message } from '../model/message.ts';
import type { Span } from '../store/selection.ts';

/**
 * How to walk to a page, and whether the walk goes against the order asked for: with one mark the page is the messages
 * nearest to it, whichever way they are then shown.
 */
export function spanOf(query: ListQuery): { span: Span; isReversed: boolean } {
  const { after = null, before = null, offset = 0 } = query;
  const limit = limitOf(query);
  const order = query.order ?? 'asc';
  const nearest = before !== null && after === null ? 'desc' : after !== null && before === null ? 'asc' : order;
  return { span: { after, before, direction: nearest, limit, offset }, isReversed: nearest !== order };
}

/** The pages on either side, by the marks at this page's ends. */
export function linksOf(query: ListQuery, messages: readonly Message[]): Pick<Page, 'next' | 'prev'> {
  const first = messages[0];
  const last = messages.at(-1);
  if (!first || !last) return { next: null, prev: null };

  const { offset = 0, before, after, ...rest } = query;
  const isFull = messages.length === limitOf(query);
  const isFirst = offset === 0 && before === undefined && after === undefined;
  const isUp = (query.order ?? 'asc') === 'asc';
  // Towards the mark that this page was asked for by there is more; away from it, if the page is full.
  const hasNext = isFull || (isUp ? before !== undefined : after !== undefined);
  const hasPrev = !isFirst && (isFull || (isUp ? after !== undefined : before !== undefined) || offset > 0);
  const up = (message: Message) => ({ ...rest, after: message.id });
  const down = (message: Message) => ({ ...rest, before: message.id });

  return {
    next: hasNext ? (isUp ? up(last) : down(last)) : null,
    prev: hasPrev ? (isUp ? down(first) : up(first)) : null,
  };
}

function limitOf(query: ListQuery): number {
  return query.limit ?? ListQuery.properties.limit.default;
}
