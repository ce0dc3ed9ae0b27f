import { timeOf } from '../../../src/board/stored-values.ts';
import type { StreamEvent } from '../../../src/model/change.ts';
import { parseCursor } from '../../../src/model/cursor.ts';
import type { Message } from '../../../src/model/message.ts';
import { follow } from '../../../src/remote/follow.ts';
import { Transport } from '../../../src/remote/transport.ts';
import type { MessageRow } from '../../../src/store/schema.ts';
import { BoardCopy } from '../board-copy.ts';
import type { Version } from './database.ts';
import type { SimulatedNetwork } from './network.ts';
import type { Scheduler } from './scheduler.ts';

/** A client program that follows the board, through the library, and checks all that it is told. */
export class SimulatedFollower {
  readonly faults: string[] = [];
  readonly #scheduler: Scheduler;
  readonly #name: string;
  readonly #transport: Transport;
  readonly #versions: ReadonlyMap<number, Version>;
  /** `null`: none yet, so it begins live. */
  cursor: string | null;
  #copy = new BoardCopy();
  #latestNew = 0;
  #stop = new AbortController();
  #rest: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  isIdle = false;

  constructor(name: string, network: SimulatedNetwork, scheduler: Scheduler, versions: ReadonlyMap<number, Version>) {
    this.#name = name;
    this.#scheduler = scheduler;
    this.#versions = versions;
    this.#transport = new Transport('http://cluster/', undefined, { fetch: network.fetch });
    this.cursor = scheduler.random.chance(0.7) ? '0' : null;
    void this.#run(this.#stop.signal);
  }

  /** Hears nothing more until it is woken. */
  pause(): void {
    this.wake();
    this.#rest = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  wake(): void {
    this.#wake();
  }

  /** The program ends and starts again, with its copy and cursor. */
  restart(): void {
    this.close();
    this.#scheduler.tell(`${this.#name} starts again`);
    this.#stop = new AbortController();
    void this.#run(this.#stop.signal);
  }

  close(): void {
    this.#stop.abort();
    this.wake();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const from = this.cursor === null ? {} : { cursor: this.cursor };
    try {
      for await (const event of follow(this.#transport, from, { signal, idle: true })) {
        await this.#rest;
        if (signal.aborted) return;
        this.#hear(event);
      }
    } catch (error) {
      this.faults.push(`${this.#name} was ended by ${error}`);
    }
  }

  #hear(event: StreamEvent): void {
    this.#scheduler.tell(`${this.#name} hears ${event.type} ${event.message?.id ?? ''} at ${event.cursor}`);
    this.isIdle = event.type === 'idle';
    if (this.cursor === null) this.#begin(event.cursor);
    else this.#check(event);
    this.cursor = event.cursor;
  }

  /** What it then is told of changes goes on from the board as it was there. */
  #begin(cursor: string): void {
    const { id, seq } = parseCursor(cursor).place;
    const known = [...this.#versions.values()].filter((row) => row.id <= id && row.seq <= seq);
    this.#copy = new BoardCopy(live(known));
    this.#latestNew = id;
  }

  #check(event: StreamEvent): void {
    const [before, now] = [parseCursor(this.cursor ?? '0').place, parseCursor(event.cursor).place];
    if (now.id < before.id || now.seq < before.seq) this.faults.push(`${event.cursor} comes after ${this.cursor}`);
    const { message } = event;
    if (message) {
      const row = this.#versions.get(message.seq);
      const isSo = row?.id === message.id && (row.deleted === 1) === (event.type === 'delete');
      if (!isSo || ('text' in message && message.text !== row.text)) this.faults.push(`${message.id} was never so`);
    }
    if (event.type === 'message') {
      if (event.message.id <= this.#latestNew) this.faults.push(`${event.message.id} comes after ${this.#latestNew}`);
      this.#latestNew = event.message.id;
    }
    this.#copy.apply(event);
  }

  /** All that it was told wrongly, and what sets its copy apart from the board as it is now. */
  allFaults(): string[] {
    const all = this.#copy.faultsAgainst(live([...this.#versions.values()]));
    return [...this.faults, ...all].map((fault) => `${this.#name}: ${fault}`);
  }
}

/** The messages that are there after these versions. */
function live(versions: readonly MessageRow[]): Message[] {
  const latest = new Map(versions.map((row) => [row.id, row]));
  return [...latest.values()].filter(({ deleted }) => deleted === 0).map(messageOf);
}

function messageOf({ id, seq, text, user_id, created, edited, thread }: MessageRow): Message {
  const user = { id: user_id, username: `user ${user_id}`, bio: null, created: '' };
  const written = { text, user, created: timeOf(created), edited: edited === null ? null : timeOf(edited), data: null };
  return { id, seq, ...written, topics: [], replyTo: null, thread, replies: 0, to: [], posts: null, latest: null };
}
