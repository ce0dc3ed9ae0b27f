import type { StreamEvent } from '../model/change.ts';
import type { StreamOptions, StreamQuery } from '../model/client.ts';
import { parseCursor } from '../model/cursor.ts';
import { BoardError } from '../model/errors.ts';
import { linesOf } from './lines.ts';
import { isTemporary, pause, pauseAfter } from './retry.ts';
import { PATIENCE, read, type Transport } from './transport.ts';

const NDJSON = 'application/x-ndjson';

/**
 * A stream without an end: when the connection breaks it is opened again, behind the last event that came whole, so that
 * nothing is missed and nothing comes twice.
 */
export async function* follow(
  transport: Transport,
  { cursor: start, ...filter }: StreamQuery,
  { signal, idle, onFault }: StreamOptions,
): AsyncGenerator<StreamEvent> {
  if (start !== undefined) parseCursor(start);
  let cursor = start;
  let failures = 0;
  while (!signal?.aborted) {
    try {
      for await (const event of openStream(transport, { ...filter, after: cursor }, signal)) {
        failures = 0;
        cursor = event.cursor;
        if (event.type !== 'idle' || idle) yield event;
        if (signal?.aborted) return;
      }
      throw new BoardError('unavailable', 'The board ended the stream.');
    } catch (error) {
      if (signal?.aborted) return;
      if (!isTemporary(error)) throw error;
      onFault?.(error);
      await pause(pauseAfter(failures++, error), signal);
    }
  }
}

async function* openStream(
  transport: Transport,
  query: object,
  outer: AbortSignal | undefined,
): AsyncGenerator<StreamEvent> {
  const left = new AbortController();
  const signal = outer ? AbortSignal.any([outer, left.signal]) : left.signal;
  const headers = { accept: NDJSON };
  const timer = setTimeout(() => left.abort(), PATIENCE);
  try {
    const { headers: given, body } = await transport.send({
      ...read('stream', query),
      headers,
      signal,
      isRepeatable: true,
    });
    clearTimeout(timer);
    if (!body || !given.get('content-type')?.startsWith(NDJSON)) throw transport.noBoard();
    for await (const line of linesOf(body)) yield JSON.parse(line) as StreamEvent;
  } finally {
    clearTimeout(timer);
    left.abort();
  }
}
