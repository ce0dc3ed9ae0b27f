import type { StreamEvent } from '../model/change.ts';
import type { Page } from '../model/client.ts';
import type { Message } from '../model/message.ts';

/** What a mirror keeps where it outlives the page: JSON. */
export interface SavedMirror {
  readonly cursor: string;
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
}

/**
 * The newest messages of a filter, from some id on without a gap, as of a cursor. Ids come in ascending order, on pages
 * and in a stream, so what is put at either end is in its place.
 */
export class Collection {
  hasOlder = false;
  /** `null`: nothing is known yet, or what is known is of no use. */
  cursor: string | null = null;
  #messages = new Map<number, Message>();
  /** The oldest id seen; what lies below has not been asked for. */
  #floor = 0;
  /** What changed below the floor while a page from there was on its way, and may be newer than that page. */
  #changes: Map<number, StreamEvent> | null = null;

  list(): readonly Message[] {
    return [...this.#messages.values()];
  }

  get floor(): number {
    return this.#floor;
  }

  /** Starts over with the newest page, as `order=desc` gives it. */
  replace({ messages, cursor, next }: Page): void {
    this.restore({ messages: messages.toReversed(), cursor, hasOlder: next !== null });
  }

  restore({ messages, cursor, hasOlder }: SavedMirror): void {
    this.#messages = new Map(messages.map((message) => [message.id, message]));
    this.#floor = messages[0]?.id ?? 0;
    this.#changes = null;
    this.hasOlder = hasOlder;
    this.cursor = cursor;
  }

  apply(event: StreamEvent): void {
    this.cursor = event.cursor;
    switch (event.type) {
      case 'message':
        this.#messages.set(event.message.id, event.message);
        break;
      case 'edit':
        if (this.#messages.has(event.message.id)) this.#messages.set(event.message.id, event.message);
        else this.#changes?.set(event.message.id, event);
        break;
      case 'delete':
        if (!this.#messages.delete(event.message.id)) this.#changes?.set(event.message.id, event);
        break;
      case 'reset':
        this.cursor = null;
        break;
      case 'idle':
        break;
    }
  }

  /** Puts in front the page that `load` gives. Whoever starts over meanwhile has no use for it. */
  async loadOlder(load: () => Promise<Page>): Promise<void> {
    const changes = new Map<number, StreamEvent>();
    this.#changes = changes;
    const { messages, next } = await load();
    if (this.#changes !== changes) return;

    const older = messages.toReversed().flatMap((message) => asChanged(message, changes.get(message.id)));
    this.#messages = new Map([...older.map((message) => [message.id, message] as const), ...this.#messages]);
    this.#floor = messages.at(-1)?.id ?? this.#floor;
    this.hasOlder = next !== null;
  }
}

function asChanged(message: Message, change: StreamEvent | undefined): readonly Message[] {
  if (change?.type === 'delete') return [];
  return [change?.type === 'edit' && change.message.seq > message.seq ? change.message : message];
}
