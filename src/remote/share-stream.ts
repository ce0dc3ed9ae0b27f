import type { StreamEvent } from '../model/change.ts';
import type { Client, Poll, StreamOptions, StreamQuery } from '../model/client.ts';
import { parseCursor } from '../model/cursor.ts';
import { BoardError } from '../model/errors.ts';
import { Inbox } from './inbox.ts';
import { isTemporary, pause, pauseAfter } from './retry.ts';

/** Whoever streams for all says something every 15 s; one from whom nothing comes for so long (ms) is not relied upon. */
const SILENCE = 45_000;

/** Events to ask for at once when catching up. */
const MOST_EVENTS = 1000;

/** What the tab that streams tells the others: an event and the cursor before it, or that its connection broke. */
type Told = { readonly from: string | undefined; readonly event: StreamEvent } | { readonly fault: string };

/** In the inbox: what was told, or that it is now this tab's turn to stream. */
type Item = Told | 'lead';

/** Web Locks (https://w3c.github.io/web-locks/), as much as is used of them. */
interface Locks {
  request(name: string, options: { signal: AbortSignal }, hold: () => Promise<void>): Promise<unknown>;
}

/**
 * The same client, whose streams are shared by all tabs of an origin: one tab has the connection and tells the others,
 * and when it closes another goes on. A browser allows a server six connections over HTTP/1.1, whatever the number of
 * tabs. Where there are no Web Locks or no BroadcastChannel, each has a stream of its own.
 *
 * @param name - of the board and who reads it: tabs that say the same, with the same filter, share.
 */
export function shareStream(client: Client, name: string): Client {
  const { locks } = (globalThis.navigator ?? {}) as { locks?: Locks };
  if (!locks || typeof BroadcastChannel === 'undefined') return client;
  return { ...client, stream: (query = {}, options = {}) => share(client, locks, name, query, options) };
}

/**
 * Each tab has its own place and reads for itself what it lacks; what it is told counts only where it follows that place
 * without a hole. So a tab that joins late, or a leader that ends, costs a request and never an event.
 */
async function* share(
  client: Client,
  locks: Locks,
  name: string,
  { cursor: start, ...filter }: StreamQuery,
  { signal: outer, idle = false, onFault = () => {} }: StreamOptions,
): AsyncGenerator<StreamEvent> {
  const left = new AbortController();
  const signal = outer ? AbortSignal.any([outer, left.signal]) : left.signal;
  const inbox = new Inbox<Item>();
  const key = `msgboard ${name} ${JSON.stringify(filter)}`;
  const channel = new BroadcastChannel(key);
  channel.addEventListener('message', (message) => inbox.put((message as MessageEvent).data as Told));
  locks.request(key, { signal }, () => lead(inbox, signal)).catch(() => {});

  let cursor = start;
  try {
    for await (const event of listen(client, from(filter, cursor), inbox, { signal, onFault })) {
      cursor = event.cursor;
      if (event.type !== 'idle' || idle) yield event;
    }
    const fault = (error: BoardError) => {
      channel.postMessage({ fault: error.message } satisfies Told);
      onFault(error);
    };
    for await (const event of client.stream(from(filter, cursor), { signal, idle: true, onFault: fault })) {
      channel.postMessage({ from: cursor, event } satisfies Told);
      cursor = event.cursor;
      if (event.type !== 'idle' || idle) yield event;
    }
  } finally {
    left.abort();
    channel.close();
  }
}

/** Waits for its turn to lead, until the tab ends. */
function lead(inbox: Inbox<Item>, signal: AbortSignal): Promise<void> {
  inbox.put('lead');
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve());
    if (signal.aborted) resolve();
  });
}

/** Follows what is told, and reads what is not, until it is this tab's turn to lead. */
async function* listen(
  client: Client,
  { cursor: start, ...filter }: StreamQuery,
  inbox: Inbox<Item>,
  { signal, onFault }: { readonly signal: AbortSignal; readonly onFault: (error: BoardError) => void },
): AsyncGenerator<StreamEvent> {
  let cursor = start;
  let isBehind = true;
  let failures = 0;
  while (!signal.aborted) {
    if (cursor === undefined || isBehind) {
      try {
        const poll: Poll = await client.poll({ ...from(filter, cursor), limit: MOST_EVENTS }, { signal });
        cursor = poll.cursor;
        isBehind = poll.events.length === MOST_EVENTS;
        failures = 0;
        yield* poll.events;
        if (!isBehind) yield { cursor, type: 'idle', message: null };
      } catch (error) {
        if (signal.aborted) return;
        if (!isTemporary(error)) throw error;
        onFault(error);
        await pause(pauseAfter(failures++, error), signal);
      }
      continue;
    }

    const item = await inbox.take(SILENCE, signal);
    if (item === 'lead') return;
    if (item === null) isBehind = true;
    else if ('fault' in item) onFault(new BoardError('unavailable', item.fault));
    else {
      const order = orderOf(cursor, item.from, item.event.cursor);
      isBehind = order === 'hole';
      if (order === 'next') {
        cursor = item.event.cursor;
        yield item.event;
      } else if (order === 'old' && item.event.type === 'idle') yield { ...item.event, cursor };
    }
  }
}

function from(filter: StreamQuery, cursor: string | undefined): StreamQuery {
  return cursor === undefined ? filter : { ...filter, cursor };
}

/**
 * How what happened between two cursors stands to whoever is at a third: it comes next, is known, or something is missing
 * in between. Of a live stream all cursors are of one number, so they can be compared; others must be the same.
 */
function orderOf(at: string, before: string | undefined, after: string): 'next' | 'old' | 'hole' {
  if (before === at) return 'next';
  if (after === at) return 'old';
  if (before === undefined) return 'hole';
  const cursors = [at, before, after].map((each) => parseCursor(each));
  if (cursors.some(({ place, epoch }) => place.id !== place.seq || epoch !== cursors[0]?.epoch)) return 'hole';

  const [here = 0, start = 0, end = 0] = cursors.map(({ place }) => place.seq);
  if (end <= here) return 'old';
  return start <= here ? 'next' : 'hole';
}
