import { eventJson, type StreamEvent } from '../model/change.ts';
import { messageJson } from '../model/message.ts';

/** How events become what an outlet takes. */
export interface Format<Chunk> {
  /** Opens a stream, so that its reader knows at once that it stands. */
  readonly preamble: Chunk | null;
  encode(events: readonly StreamEvent[]): Chunk;
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
};

/** `application/x-ndjson`: an event a line. */
export const ndjson: Format<Uint8Array> = {
  preamble: null,
  encode: (events) => Buffer.from(events.map((event) => `${eventJson(event)}\n`).join('')),
};

/** The events themselves, for readers in this process. */
export const objects: Format<readonly StreamEvent[]> = {
  preamble: null,
  encode: (events) => events,
};

function sseFrame(event: StreamEvent): string {
  switch (event.type) {
    case 'idle':
      // An id without data is kept by EventSource and tells nobody.
      return `:\nid: ${event.cursor}\n\n`;
    case 'reset':
      return `id: ${event.cursor}\nevent: reset\ndata: {"reason":"${event.reason}"}\n\n`;
    case 'message':
      return `id: ${event.cursor}\ndata: ${messageJson(event.message)}\n\n`;
    case 'edit':
      return `id: ${event.cursor}\nevent: edit\ndata: ${messageJson(event.message)}\n\n`;
    case 'delete':
      return `id: ${event.cursor}\nevent: delete\ndata: ${JSON.stringify(event.message)}\n\n`;
  }
}
