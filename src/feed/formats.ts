import type { StreamEvent } from '../model/change.ts';
import { eventOf, type News, type Stretch } from './stretch.ts';

/** How events become what an outlet takes. */
export interface Format<Chunk> {
  /** Opens a stream, so that its reader knows at once that it stands. */
  readonly preamble: Chunk | null;
  encode(events: readonly StreamEvent[]): Chunk;
  /** The same of news, without an event being made of each. */
  encodeNews(news: readonly News[]): Chunk;
  /** Pages as they were encoded, for the next who is handed the same one; `null`: there is nothing to tell. */
  readonly pages: WeakMap<Stretch, Chunk | null>;
}

/** The time (ms) after which EventSource comes back by itself. */
const RETRY = 2000;

/**
 * `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html). JSON escapes every CR and LF, so
 * no text can end a line.
 */
export const sse: Format<Uint8Array> = {
  preamble: Buffer.from(`:\nretry: ${RETRY}\n\n`),
  encode: (events) => Buffer.from(events.map(sseFrame).join('')),
  encodeNews: (news) => Buffer.from(news.map((each) => sseNews(each, each.state.json)).join('')),
  pages: new WeakMap(),
};

/** `application/x-ndjson`: an event a line. */
export const ndjson: Format<Uint8Array> = {
  preamble: null,
  encode: (events) => Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join('')),
  encodeNews: (news) =>
    Buffer.from(
      news.map((each) => `{"cursor":"${each.cursor}","type":"${each.type}","message":${each.state.json}}\n`).join(''),
    ),
  pages: new WeakMap(),
};

/** The events themselves, for readers in this process. */
export const objects: Format<readonly StreamEvent[]> = {
  preamble: null,
  encode: (events) => events,
  encodeNews: (news) => news.map(eventOf),
  pages: new WeakMap(),
};

function sseFrame(event: StreamEvent): string {
  switch (event.type) {
    case 'idle':
      // An id without data is kept by EventSource and tells nobody.
      return `:\nid: ${event.cursor}\n\n`;
    case 'reset':
      return `id: ${event.cursor}\nevent: reset\ndata: {"reason":"${event.reason}"}\n\n`;
    case 'message':
    case 'edit':
    case 'delete':
      return sseNews(event, JSON.stringify(event.message));
  }
}

function sseNews({ cursor, type }: Pick<StreamEvent, 'cursor' | 'type'>, message: string): string {
  return `id: ${cursor}\n${type === 'message' ? '' : `event: ${type}\n`}data: ${message}\n\n`;
}
