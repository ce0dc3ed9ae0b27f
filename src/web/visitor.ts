import type { Client } from '../model/client.ts';
import { BoardError } from '../model/errors.ts';
import type { User } from '../model/user.ts';
import { pause, pauseAfter } from '../remote/retry.ts';

interface VisitorOptions {
  readonly client: Client;
  /** Where the board is: all tabs that show it have one cookie, and so one visitor. */
  readonly address: string;
  /** Runs when it is known who it is (`null`: nobody), and whenever that is somebody else or has changed. */
  readonly onChange: (user: User | null) => void;
  /** Runs when it is not known yet, and cannot be. */
  readonly onFault: (error: BoardError) => void;
}

/** Who is logged in, here and in all other tabs of this browser. */
export class Visitor {
  readonly #options: VisitorOptions;
  readonly #tabs: BroadcastChannel;
  #user: User | null | undefined;
  #looks = 0;

  constructor(options: VisitorOptions) {
    this.#options = options;
    this.#tabs = new BroadcastChannel(`msgboard visitor ${options.address}`);
    // Whoever is told tells nobody: the one who began has told all.
    this.#tabs.addEventListener('message', () => this.look());
  }

  get user(): User | null {
    return this.#user ?? null;
  }

  /** Somebody has logged in, logged out or changed their account here. */
  async change(): Promise<void> {
    this.#tabs.postMessage(null);
    await this.look();
  }

  /** The board no longer knows the one who was logged in. */
  async forget(): Promise<void> {
    this.#user = undefined;
    await this.change();
  }

  /** Looks who it is, until that is known or a later look knows better. */
  async look(): Promise<void> {
    const look = ++this.#looks;
    const user = await this.#ask(() => look === this.#looks);
    if (user === undefined || look !== this.#looks || JSON.stringify(user) === JSON.stringify(this.#user)) return;
    this.#user = user;
    this.#options.onChange(user);
  }

  /** Of a session that has ended, this also takes back the cookie, so that the page can be read without one. */
  async #ask(isAsking: () => boolean): Promise<User | null | undefined> {
    for (let failures = 0; isAsking(); failures++) {
      try {
        return (await this.#options.client.sessions.current()).user;
      } catch (error) {
        if (!(error instanceof BoardError)) throw error;
        if (error.code === 'unauthorized') return null;
        // A board that is away says nothing about who somebody is.
        if (this.#user === undefined && isAsking()) this.#options.onFault(error);
        await pause(pauseAfter(failures, error));
      }
    }
    return undefined;
  }
}
