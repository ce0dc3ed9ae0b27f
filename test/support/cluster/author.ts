import { BoardError } from '../../../src/model/errors.ts';
import type { Message } from '../../../src/model/message.ts';
import { messageCalls } from '../../../src/remote/message-calls.ts';
import { Transport } from '../../../src/remote/transport.ts';
import type { Version } from './database.ts';
import type { SimulatedNetwork } from './network.ts';
import type { Scheduler } from './scheduler.ts';

/** Calls of an author that are under way at once: some of them are to share a transaction. */
const MOST_AT_ONCE = 4;

/** A write, and what became of it as far as its author knows. */
interface Claim {
  readonly kind: 'post' | 'edit' | 'delete';
  /** No two writes have the same; empty: of a deletion. */
  readonly text: string;
  /** Of the message; of a post, once it is known. */
  id: number | null;
  /** The tick that it took, once that is known. */
  seq: number | null;
  outcome: 'under way' | 'acknowledged' | 'refused' | 'unknown';
}

/** A client program that writes, through the library, and remembers what it was told. */
export class SimulatedAuthor {
  readonly #scheduler: Scheduler;
  readonly #name: string;
  readonly #transport: Transport;
  readonly #messages: ReturnType<typeof messageCalls>;
  readonly #claims: Claim[] = [];
  /** Posts under a key of which nobody knows whether they were made: it asks again. */
  readonly #unsure: Claim[] = [];
  readonly #own: Message[] = [];
  #underWay = 0;

  constructor(userId: number, network: SimulatedNetwork, scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.#name = `author ${userId}`;
    this.#transport = new Transport('http://cluster/', { token: `user-${userId}` }, { fetch: network.fetch });
    this.#messages = messageCalls(this.#transport);
  }

  /** Whether it has nothing left to do. */
  get isDone(): boolean {
    return this.#underWay === 0 && this.#unsure.length === 0;
  }

  act(): void {
    if (this.#underWay >= MOST_AT_ONCE) return;
    const { random } = this.#scheduler;
    const message = random.pick(this.#own);
    const what = random.next();
    if (what < 0.2 && this.#unsure.length > 0) this.askAgain();
    else if (what < 0.25) this.#post();
    else if (what < 0.5 || !message) this.#postWithoutKey();
    else if (what < 0.6) this.#edit(message, false);
    else if (what < 0.84) this.#edit(message, true);
    else if (what < 0.93) this.#delete(message);
    else this.#introduceItself();
  }

  /** Sends a post again of which it does not know. */
  askAgain(): void {
    const claim = this.#unsure.shift();
    if (claim) this.#send(claim);
  }

  #post(): void {
    this.#send(this.#claim('post', null));
  }

  #send(claim: Claim): void {
    this.#try(claim, async () => {
      const key = { idempotencyKey: claim.text };
      const message = await this.#messages.post({ text: claim.text }, key).catch((error: unknown) => {
        if (isUnknown(error)) this.#unsure.push(claim);
        throw error;
      });
      this.#keep(claim, message);
    });
  }

  /** Sent once: whoever sends it again would have it twice. */
  #postWithoutKey(): void {
    const claim = this.#claim('post', null);
    this.#try(claim, async () => {
      const call = { method: 'POST', path: 'message', json: { text: claim.text }, isRepeatable: false } as const;
      this.#keep(claim, (await this.#transport.ask(call)).body as Message);
    });
  }

  #keep(claim: Claim, message: Message): void {
    claim.id = claim.seq = message.id;
    this.#own.push(message);
  }

  #edit({ id, seq }: Message, isIfMatch: boolean): void {
    const claim = this.#claim('edit', id);
    const options = isIfMatch ? { ifMatch: [seq] } : {};
    this.#try(claim, async () => {
      const message = await this.#messages.edit(id, { text: claim.text }, options);
      claim.seq = message.seq;
      const at = this.#own.findIndex((own) => own.id === id && own.seq < message.seq);
      if (at !== -1) this.#own[at] = message;
    });
  }

  #delete(message: Message): void {
    this.#own.splice(this.#own.indexOf(message), 1);
    this.#try(this.#claim('delete', message.id), () => this.#messages.delete(message.id));
  }

  /** A change of the account: it takes a tick that is no event. */
  #introduceItself(): void {
    this.#underWay++;
    const json = { bio: `I am ${this.#scheduler.random.below(1000)}` };
    void this.#transport
      .ask({ method: 'PUT', path: 'user/me', json, isRepeatable: true })
      .catch(() => {})
      .finally(() => this.#underWay--);
  }

  #claim(kind: Claim['kind'], id: number | null): Claim {
    const text = kind === 'delete' ? '' : `${this.#name}, ${kind} ${this.#claims.length}`;
    const claim: Claim = { kind, text, id, seq: null, outcome: 'under way' };
    this.#claims.push(claim);
    return claim;
  }

  #try(claim: Claim, call: () => Promise<void>): void {
    this.#underWay++;
    void call()
      .then(
        () => {
          claim.outcome = 'acknowledged';
        },
        (error: unknown) => {
          // Anything else may be the refusal of a second try, whose first was done.
          const isRefused = error instanceof BoardError && error.code === 'precondition-failed';
          claim.outcome = isRefused ? 'refused' : 'unknown';
        },
      )
      .then(() => {
        this.#underWay--;
        this.#scheduler.tell(`${this.#name} has its ${claim.kind} ${claim.text || claim.id} ${claim.outcome}`);
      });
  }

  /** What is wrong with what it was told, judged by all that ever was committed. */
  faults(versions: readonly Version[]): string[] {
    return this.#claims.flatMap((claim) => {
      const { kind, text, id, outcome } = claim;
      const called = `${kind} ${text || id}`;
      const made = versions.filter((row) => row.text === text && (kind === 'post') === (row.seq === row.id));
      if (kind === 'post' && made.length > 1) return `${called} is there ${made.length} times`;
      if (outcome === 'refused' && made.length > 0) return `${called} was refused, and is there`;
      const isThere = versions.some((row) => row.id === id && isOf(claim, row));
      return outcome === 'acknowledged' && !isThere ? `${called} was acknowledged, and is not there` : [];
    });
  }
}

/** Whether a version of a message is what a write has made of it, or what another of the same commit has made of that. */
function isOf({ kind, text, seq }: Claim, row: Version): boolean {
  if (kind === 'delete') return row.deleted === 1;
  return row.text === text || (seq !== null && row.since < seq && seq < row.seq);
}

/** Whether an error leaves open what became of a write. */
function isUnknown(error: unknown): boolean {
  return !(error instanceof BoardError) || error.code === 'unavailable' || error.code === 'internal';
}
