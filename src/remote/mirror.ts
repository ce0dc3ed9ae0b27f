import type { Client } from '../model/client.ts';
import type { Filter } from '../model/filter.ts';
import type { Message } from '../model/message.ts';
import { Collection, type SavedMirror } from './collection.ts';
import { isTemporary, pause, pauseAfter } from './retry.ts';

/** How long (ms) changes gather before they are saved. */
const SAVE_AFTER = 500;

/** What a mirror shows at a moment. It never changes; the next moment has another one. */
export interface MirrorState {
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Whether {@link Mirror.loadOlder} would find more. */
  readonly hasOlder: boolean;
  /** Whether these are all messages as they are now; if not, it is loading or the board is out of reach. */
  readonly isLive: boolean;
  /** What has ended it, such as wrong credentials; `null`: nothing. */
  readonly error: unknown;
}

/** A place of the caller's for what a mirror knows, e.g. in `localStorage`. */
export interface MirrorStorage {
  get(): SavedMirror | null | undefined | Promise<SavedMirror | null | undefined>;
  set(saved: SavedMirror): unknown;
}

export interface MirrorOptions {
  /** Messages to begin with, to load at a time, and to save. Default: 50; at most 100. */
  readonly limit?: number | undefined;
  /** Where to begin from and to save to. Default: nowhere. */
  readonly storage?: MirrorStorage | undefined;
}

/** A live copy of part of a board. */
export interface Mirror {
  /** The state now: the same object until something changes. */
  readonly getSnapshot: () => MirrorState;
  /** Calls `listener` with the state, now and whenever it changes, until the function that it answers is called. */
  readonly subscribe: (listener: (state: MirrorState) => void) => () => void;
  /** Loads the messages before the oldest one. */
  readonly loadOlder: () => Promise<void>;
  /** Ends it. The state stays as it is. */
  readonly close: () => void;
}

/**
 * Keeps the newest messages of a filter, and all that come, exactly as they are on the board: through edits, deletions,
 * breaks of the connection and restarts.
 */
export function mirror(client: Client, filter: Filter = {}, options: MirrorOptions = {}): Mirror {
  return new LiveMirror(client, filter, options);
}

class LiveMirror implements Mirror {
  readonly #client: Client;
  readonly #filter: Filter;
  readonly #limit: number;
  readonly #storage: MirrorStorage | undefined;
  readonly #collection = new Collection();
  readonly #listeners = new Set<(state: MirrorState) => void>();
  readonly #stop = new AbortController();
  #state: MirrorState = { messages: [], hasOlder: false, isLive: false, error: null };
  #isLive = false;
  #telling: ReturnType<typeof setTimeout> | null = null;
  #saving: ReturnType<typeof setTimeout> | null = null;
  #older: Promise<void> | null = null;

  constructor(client: Client, filter: Filter, { limit = 50, storage }: MirrorOptions) {
    this.#client = client;
    this.#filter = filter;
    this.#limit = limit;
    this.#storage = storage;
    void this.#run();
  }

  readonly getSnapshot = (): MirrorState => this.#state;

  readonly subscribe = (listener: (state: MirrorState) => void): (() => void) => {
    // The same function twice is two subscriptions.
    const own = (state: MirrorState) => listener(state);
    this.#listeners.add(own);
    own(this.#state);
    return () => void this.#listeners.delete(own);
  };

  readonly loadOlder = async (): Promise<void> => {
    if (!this.#collection.hasOlder) return;
    this.#older ??= this.#collection
      .loadOlder(() => this.#page(this.#collection.floor))
      .finally(() => {
        this.#older = null;
      });
    await this.#older;
    this.#show(this.#isLive);
  };

  readonly close = (): void => {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    if (this.#telling) this.#tell();
    if (this.#saving) this.#save();
  };

  async #run(): Promise<void> {
    await this.#restore();
    for (let failures = 0; !this.#stop.signal.aborted; failures++) {
      try {
        if (this.#collection.cursor === null) this.#collection.replace(await this.#page());
        failures = 0;
        this.#show(false);
        await this.#follow();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (!isTemporary(error)) return this.#fail(error);
        this.#onFault();
        await pause(pauseAfter(failures, error), this.#stop.signal);
      }
    }
  }

  async #restore(): Promise<void> {
    try {
      const saved = await this.#storage?.get();
      // Without a message there is no place from which to load older ones.
      if (!saved || (saved.hasOlder && saved.messages.length === 0)) return;
      this.#collection.restore(saved);
      this.#show(false);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #follow(): Promise<void> {
    const cursor = this.#collection.cursor;
    if (cursor === null) return;
    const options = { signal: this.#stop.signal, idle: true, onFault: this.#onFault };
    for await (const event of this.#client.stream({ ...this.#filter, cursor }, options)) {
      this.#collection.apply(event);
      if (event.type === 'idle' && this.#isLive) this.#saveSoon();
      else this.#show(event.type === 'idle' || (this.#isLive && event.type !== 'reset'));
      if (event.type === 'reset') return;
    }
  }

  #page(before?: number) {
    return this.#client.messages.list({
      ...this.#filter,
      order: 'desc',
      limit: this.#limit,
      ...(before !== undefined && { before }),
    });
  }

  readonly #onFault = (): void => this.#show(false);

  #fail(error: unknown): void {
    this.#stop.abort();
    this.#isLive = false;
    this.#tell(error);
  }

  /** Tells the listeners in a moment, of all that has happened by then. */
  #show(isLive: boolean): void {
    this.#isLive = isLive;
    if (this.#stop.signal.aborted) return;
    this.#telling ??= setTimeout(() => this.#tell(), 0);
    this.#saveSoon();
  }

  #saveSoon(): void {
    if (this.#storage) this.#saving ??= setTimeout(() => this.#save(), SAVE_AFTER);
  }

  #tell(error: unknown = null): void {
    if (this.#telling) clearTimeout(this.#telling);
    this.#telling = null;
    const { hasOlder } = this.#collection;
    this.#state = { messages: this.#collection.list(), hasOlder, isLive: this.#isLive, error };
    for (const listener of [...this.#listeners]) listener(this.#state);
  }

  #save(): void {
    if (this.#saving) clearTimeout(this.#saving);
    this.#saving = null;
    const { cursor, hasOlder } = this.#collection;
    if (cursor === null) return;
    const all = this.#collection.list();
    const messages = all.slice(-this.#limit);
    void this.#storage?.set({ cursor, messages, hasOlder: hasOlder || messages.length < all.length });
  }
}
