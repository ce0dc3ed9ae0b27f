import type { StreamEvent } from '../model/change.ts';
import type { Poll, PollQuery, WaitOptions } from '../model/client.ts';
import { parseCursor } from '../model/cursor.ts';
import { cursorOf, read, type Transport } from './transport.ts';

/** How long (ms) an answer may take beyond what it was asked to wait. */
const PATIENCE = 30_000;

/** What there is since a cursor. A wait that is broken off is one in which nothing came. */
export async function poll(
  transport: Transport,
  { cursor, wait = 0, ...query }: PollQuery,
  { signal }: WaitOptions,
): Promise<Poll> {
  if (cursor !== undefined) parseCursor(cursor);
  try {
    const answer = await transport.ask({
      ...read('stream', { ...query, poll: '1', wait, after: cursor }),
      headers: { accept: 'application/json' },
      signal,
      patience: wait * 1000 + PATIENCE,
      isRepeatable: true,
    });
    return { events: answer.body as StreamEvent[], cursor: cursorOf(answer) };
  } catch (error) {
    if (signal?.aborted && cursor !== undefined) return { events: [], cursor };
    throw error;
  }
}
