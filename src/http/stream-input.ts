import type { IncomingHttpHeaders } from 'node:http';
import type { StreamFormat } from '../model/board.ts';
import { PollQuery } from '../model/client.ts';
import { parseCursor } from '../model/cursor.ts';
import { badInput } from '../model/errors.ts';

const { cursor, ...pollFields } = PollQuery.properties;

export const CursorField = cursor;

/** What a stream is asked for with on the wire: `after` and its other names are the cursor. */
export const StreamInput = {
  type: 'object',
  properties: {
    ...pollFields,
    after: cursor,
    lastEventId: cursor,
    last_event_id: cursor,
    token: { type: 'string', description: 'From `POST /session` with `stream: true`: for EventSource across origins.' },
    poll: { type: 'string', enum: ['0', '1'], description: '1: answer what there is and end.' },
  },
} as const;

export const CONTENT_TYPES = { sse: 'text/event-stream', ndjson: 'application/x-ndjson' } satisfies Record<
  StreamFormat,
  string
>;

/** A request for a stream. */
interface Asked {
  readonly headers: IncomingHttpHeaders;
  /** What stands in the URL. */
  readonly query: unknown;
}

/** What a request asks for, of the board's own. */
export function streamInputOf({ headers, query: inUrl }: Asked, input: Record<string, unknown>) {
  const { after, lastEventId, last_event_id, poll, token, ...query } = input;
  if (token !== (inUrl as { token?: unknown }).token) throw badInput('token', 'is read from the URL alone');
  if (poll !== undefined && !['0', '1', 0, 1, true, false].includes(poll as never))
    throw badInput('poll', 'must be 0 or 1');
  const isPoll = query['wait'] !== undefined || ['1', 1, true].includes(poll as never);
  if (!isPoll && query['limit'] !== undefined) throw badInput('limit', 'goes with poll=1 or wait; a stream has no end');

  const cursors = { 'Last-Event-ID': headers['last-event-id'], after, lastEventId, last_event_id };
  for (const [name, value] of Object.entries(cursors)) {
    if (typeof value === 'object' || `${value ?? ''}`.length > cursor.maxLength)
      throw badInput(name, 'must be one cursor');
  }
  // Some clients send an empty one before they have any.
  const given = Object.entries(cursors).find(([, value]) => value !== undefined && value !== '');
  if (!given) return { isPoll, query };
  const [name, from] = given;
  parseCursor(`${from}`, name);
  return { isPoll, query: { ...query, cursor: `${from}` } };
}

export function formatOf(headers: IncomingHttpHeaders): StreamFormat {
  return accepts(headers, CONTENT_TYPES.ndjson) ? 'ndjson' : 'sse';
}

export function accepts(headers: IncomingHttpHeaders, type: string): boolean {
  return (headers.accept ?? '').toLowerCase().includes(type);
}
