import { objects } from '../../src/feed/formats.ts';
import type { Hub } from '../../src/feed/hub.ts';
import type { Outlet } from '../../src/model/board.ts';
import type { StreamEvent } from '../../src/model/change.ts';
import { parseCursor } from '../../src/model/cursor.ts';
import { BoardCopy } from './board-copy.ts';
import type { ReadOrder, Sight, SimulatedHistory } from './simulated-history.ts';

/** What a socket holds of a stream: whatever is not yet taken is lost when it breaks. */
class SimulatedSocket implements Outlet<readonly StreamEvent[]> {
  readonly unread: StreamEvent[] = [];
  isOpen = true;
  /** Its reader takes nothing, and what is sent piles up. */
  isStuck = false;
  #onClose: () => void = () => {};
  #drained = Promise.withResolvers<void>();

  write(events: readonly StreamEvent[]): void {
    if (this.isOpen) this.unread.push(...events);
  }

  take(): StreamEvent | undefined {
    const event = this.unread.shift();
    if (this.unread.length === 0) this.#release();
    return event;
  }

  backlog(): number {
    return this.isStuck ? 2 ** 21 : this.unread.length;
  }

  async drained(): Promise<void> {
    if (this.isOpen && this.unread.length > 0) await this.#drained.promise;
  }

  #release(): void {
    this.#drained.resolve();
    this.#drained = Promise.withResolvers<void>();
  }

  end(): void {
    this.cut();
  }

  cut(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.unread.length = 0;
    this.#release();
    this.#onClose();
  }

  onClose(listener: () => void): void {
    this.#onClose = listener;
  }
}

/** A client that keeps a copy of what it may see, and from each connection only the last cursor that reached it. */
export class SimulatedReader {
  readonly faults: string[] = [];
  /** What it has been through, for the test to see that it has been through something. */
  readonly seen: string[] = [];
  readonly #hub: Hub;
  readonly #history: SimulatedHistory;
  readonly #order: ReadOrder;
  readonly #sight: Sight;
  readonly #pageSize: number;
  #socket: SimulatedSocket | null = null;
  #isConnecting = false;
  /** `null`: none yet, so it begins live. */
  cursor: string | null;
  #copy = new BoardCopy();
  /** Whether its stream was opened before its account last changed. */
  #isStale = false;

  constructor(hub: Hub, history: SimulatedHistory, order: ReadOrder, sight: Sight, pageSize: number, from: '0' | null) {
    this.#hub = hub;
    this.#history = history;
    this.#order = order;
    this.#sight = sight;
    this.#pageSize = pageSize;
    this.cursor = from;
  }

  /** Its account changes: no stream that it has may go on. */
  logOut(): void {
    this.#isStale = this.#sight.viewer !== null;
  }

  get isConnected(): boolean {
    return this.#socket?.isOpen === true;
  }

  /** Whether there is nothing for it to do. */
  get isIdle(): boolean {
    return this.isConnected && !this.#isStale && this.#socket?.unread.length === 0;
  }

  connect(): void {
    if (this.isConnected || this.#isConnecting) return;
    this.#isConnecting = true;
    this.#isStale = false;
    const isStillAllowed = async () => !this.#isStale;
    const open = () => {
      this.#socket = new SimulatedSocket();
      return this.#socket;
    };
    const cursor = this.cursor === null ? null : parseCursor(this.cursor);
    this.#hub
      .subscribe({
        ...this.#sight,
        cursor,
        format: objects,
        open,
        pageSize: this.#pageSize,
        isStillAllowed,
        until: null,
      })
      // A read that failed: it tries again later.
      .catch(() => {})
      .finally(() => {
        this.#isConnecting = false;
      });
  }

  cut(): void {
    if (!this.isConnected) return;
    if (this.cursor?.includes('.')) this.seen.push('cut in the middle of catching up');
    this.#socket?.cut();
  }

  stick(isStuck: boolean): void {
    if (this.#socket) this.#socket.isStuck = isStuck;
  }

  take(most: number): void {
    for (let count = 0; count < most; count++) {
      const event = this.#socket?.take();
      if (!event) return;
      this.#hear(event);
    }
  }

  #hear(event: StreamEvent): void {
    if (event.type === 'reset') {
      this.seen.push(`reset: ${event.reason}`);
      if (!this.#isDue(event)) this.faults.push(`reset as ${event.reason} at ${this.cursor}`);
    }
    // Without a copy that goes on, it takes the board as of the cursor it is given.
    if (event.type === 'reset' || this.cursor === null) this.#begin(event.cursor);
    else this.#copy.apply(event);

    this.seen.push(event.type);
    const isMessage = event.type !== 'idle' && event.type !== 'reset';
    this.cursor =
      this.#order === 'seq' && isMessage ? event.cursor.replace(/^[\d.]+/, `${event.message.seq}`) : event.cursor;
  }

  #begin(cursor: string): void {
    this.faults.push(...this.#copy.faults);
    const { place, epoch } = parseCursor(cursor);
    this.#copy = new BoardCopy(this.#history.messagesAt(epoch ?? '', place, this.#sight));
  }

  #isDue({ cursor, reason }: StreamEvent & { readonly type: 'reset' }): boolean {
    // Where the hub stood as it came, nobody has told it.
    if (this.cursor === null) return true;
    const known = parseCursor(this.cursor);
    const { clock } = this.#history;
    // The hub may itself not have met the new history yet; then it tells of it once more.
    if (reason === 'history') return known.epoch !== parseCursor(cursor).epoch || known.epoch !== clock.epoch;
    return reason === 'pruned' && known.place.seq < this.#history.prunedUpTo;
  }

  /** All that it was told wrongly, and what sets its copy apart from the board as it is now. */
  allFaults(): string[] {
    const { epoch, seq } = this.#history.clock;
    const board = this.#history.messagesAt(epoch, { id: seq, seq }, this.#sight);
    return [...this.faults, ...this.#copy.faultsAgainst(board)];
  }
}
