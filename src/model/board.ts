import type { StreamEvent } from './change.ts';
import type { Client, StreamQuery } from './client.ts';
import type { Guest } from './user.ts';

/** A board in this process. */
export interface Board {
  /**
   * Everything that somebody can do, without asking for a password: the host vouches for them.
   *
   * @param who - a username or id; left out: nobody, who reads what is public and may sign up. Unknown: every call
   *   throws `unauthorized`.
   */
  as(who?: string | number): LocalClient;
  /**
   * The same for whoever knows the password. `unauthorized`: no such pair. `unavailable`: too many log-ins wait.
   *
   * @param options.beforeHashing - called for a pair that is not remembered to be right, before the dear part. What it
   *   throws is thrown.
   */
  logIn(username: string, password: string, options?: { readonly beforeHashing?: () => void }): Promise<LocalClient>;
  /** The same for whoever has a session's token. `unauthorized`: it has ended, or is none. */
  resume(token: string): Promise<LocalClient>;
  /** What a token for streams is good for. `unauthorized`: it has ended, or is none. */
  resumeStream(token: string): Promise<StreamClient>;
  /**
   * Manages accounts and opens sessions for anyone, as whoever has the operator's token does, and is otherwise nobody: what
   * is private stays so.
   */
  asOperator(): LocalClient;
  /** Whether this is the operator's token; never, if there is none. */
  isOperator(token: string): boolean;
  /**
   * The same for somebody whom the host knows by its own means. An account is made on first sight, which no password opens;
   * `bio` and `data` count then alone. `bad-input`: nobody can have this name. `unauthorized`: the account is no more.
   */
  welcome(guest: Guest): Promise<LocalClient>;
  /** Events as a stream sends them. */
  encode(events: readonly StreamEvent[], format: StreamFormat): Uint8Array;
  /** How many streams are open. */
  readonly openStreams: number;
  /** What is stored where, for people. */
  readonly description: string;
  /** Whether the database answers. */
  isReady(): Promise<boolean>;
  /** Ends all streams and opens no more: a server that shuts down does this first. */
  endStreams(): Promise<void>;
  /** Whether it was told to close: whatever it is asked then is `unavailable`. */
  readonly isClosed: boolean;
  /** Finishes what it was asked before (but waits 5 s at most, for hooks), ends all streams, lets go of the database. */
  close(): Promise<void>;
}

/** `text/event-stream`, or an event a line as JSON. */
export type StreamFormat = 'sse' | 'ndjson';

/** What reads a board live. */
export interface StreamClient extends Pick<Client, 'stream' | 'poll'> {
  /** Who reads: a user's id; `null`: nobody in particular. */
  viewer(): Promise<number | null>;
  /** Their name, where it is known without a look anywhere. */
  readonly username: string | null;
  /**
   * Sends a stream's bytes to the outlet that `open` gives, until it is closed from either side. Resolves once they are
   * under way; whatever is thrown comes before `open` is called.
   */
  pipe(query: StreamQuery, format: StreamFormat, open: () => Outlet<Uint8Array>, options?: PipeOptions): Promise<void>;
}

export interface PipeOptions {
  /**
   * Called before `open` for a reader who is more than a page behind. What it throws is thrown; what it returns is called
   * once that reader has caught up, or is gone.
   */
  readonly beforeReplay?: () => () => void;
}

export interface LocalClient extends Client, StreamClient {
  readonly isOperator: boolean;
  /** Whether it is known, without a look anywhere, that whoever this is would still be let in. */
  readonly isKnownToHold: boolean;
}

/** Where a stream goes. The feed writes and never waits: an outlet with too much unsent is cut off. */
export interface Outlet<Chunk> {
  write(chunk: Chunk): void;
  /** What was written and not yet taken, in bytes. */
  backlog(): number;
  /** Resolves once most of the backlog is taken. */
  drained(): Promise<void>;
  /** Ends the stream after all that was written. */
  end(): void;
  /** Ends it at once. */
  cut(): void;
  /** Runs `listener` once the other side is gone. */
  onClose(listener: () => void): void;
}
