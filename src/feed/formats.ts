import { eventJson, type StreamEvent } from '../model/change.ts';
import { type Message, messageJson } from '../model/message.ts';
import type { Stretch } from './stretch.ts';

/** How events become what an outlet takes. */
export interface Format<Chunk> {
  /** Opens a stream, so that its reader knows at once that it stands. */
  readonly preamble: Chunk | null;
  /** @param json - how a message becomes JSON. Default: once for all readers, which is kept as long as the message. */
  encode(events: readonly StreamEvent[], json?: (message: Message) => string): Chunk;
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
  encode: (events, json = messageJson) => Buffer.from(events.map((event) => sseFrame(event, json)).join('')),
  pages: new WeakMap(),
};

/** `application/x-ndjson`: an event a line. */
export const ndjson: Format<Uint8Array> = {
  preamble: null,
  encode: (events, json) => Buffer.from(events.map((event) => `${eventJson(event, json)}\n`).join('')),
  pages: new WeakMap(),
};

/** The events themselves, for readers in this process. */
export const objects: Format<readonly StreamEvent[]> = {
  preamble: null,
  encode: (events) => events,
  pages: new WeakMap(),
};

function sseFrame(event: StreamEvent, json: (message: Message) => string): string {
  switch (event.type) {
    case 'idle':
      // An id without data is kept by EventSource and tells nobody.
      return `:\nid: ${event.cursor}\n\n`;
    case 'reset':
      return `id: ${event.cursor}\nevent: reset\ndata: {"reason":"${event.reason}"}\n\n`;
    case 'message':
      return `id: ${event.cursor}\ndata: ${json(event.message)}\n\n`;
    case 'edit':
      return `id: ${event.cursor}\nevent: edit\ndata: ${json(event.message)}\n\n`;
    case 'delete':
      return `id: ${event.cursor}\nevent: delete\ndata: ${JSON.stringify(event.message)}\n\n`;
  }
}
