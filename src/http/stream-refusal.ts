import type { IncomingHttpHeaders } from 'node:http';
import { boardErrorOf, type Refusal } from './problem.ts';
import { accepts, CONTENT_TYPES } from './stream-input.ts';

/**
 * EventSource gives up for ever on any status but 200, so what will pass is said in its own words. `null`: this will not, or
 * it is no EventSource that asks.
 */
export function comeBackOf(headers: IncomingHttpHeaders, thrown: unknown): Refusal | null {
  const { code, retryAfter } = boardErrorOf(thrown);
  const willPass = code === 'unavailable' || code === 'too-many';
  if (!willPass || !accepts(headers, CONTENT_TYPES.sse)) return null;
  return {
    status: 200,
    headers: { 'content-type': CONTENT_TYPES.sse, 'cache-control': 'no-store' },
    body: comeBack(retryAfter ?? 1),
  };
}

/** A browser that was told to come back later does so within 4 s of when it may: not all at once. */
const comeBack = (seconds: number) => `retry: ${Math.round(1000 * (seconds + Math.random() * 4))}\n\n`;
