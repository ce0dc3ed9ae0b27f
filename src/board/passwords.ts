import { argon2, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { BoardError } from '../model/errors.ts';
import { werkzeugCheck } from './werkzeug.ts';

const derive = promisify(argon2);

/** RFC 9106 and OWASP's second choice: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
/** What a hash from elsewhere may cost at most: a log-in must not take all memory, or a minute. */
const MOST_COST: Cost = { memory: 262_144, passes: 10, parallelism: 16 };
const TAG_LENGTH = 32;
const SALT_LENGTH = 16;

/** At most this many log-ins wait for a core. At 40 ms each the last one waits some seconds. */
const MOST_WAITING = 200;

/** Whether a password can be checked by what is stored of it. */
export function isPasswordHash(stored: string): boolean {
  return formOf(stored) !== null || werkzeugCheck(stored) !== null;
}

/** Passwords as argon2id; those of another kind, from a board that was imported, are taken until they are next used. */
export class Passwords {
  readonly #key = randomBytes(32);
  readonly #checking = new Map<string, Promise<boolean>>();
  readonly #queue: (() => void)[] = [];
  #running = 0;
  /** What an unknown name's password is compared with, so that it costs the same time. */
  readonly #nobody =
    `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${encode(randomBytes(SALT_LENGTH))}$${encode(randomBytes(TAG_LENGTH))}`;

  /** The form in which a password is stored (PHC string). */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_LENGTH);
    const tag = await this.#inTurn(() => tagOf(password, salt, COST, TAG_LENGTH));
    return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${encode(salt)}$${encode(tag)}`;
  }

  /** Whether a stored hash was made at less than today's cost. */
  isWeak(stored: string): boolean {
    const cost = formOf(stored)?.cost;
    return !cost || cost.memory < COST.memory || cost.passes < COST.passes || cost.parallelism < COST.parallelism;
  }

  /**
   * Whether `password` is the one behind `stored` (`null`: nobody's, so it never is).
   *
   * @param beforeHashing - called unless that is being found out already.
   */
  async check(
    usernameKey: string,
    password: string,
    stored: string | null,
    beforeHashing: () => void = () => {},
  ): Promise<boolean> {
    const pair = this.#pair(usernameKey, password, stored ?? '');
    // Many requests with the same credentials at once cost one hash.
    let checking = this.#checking.get(pair);
    if (!checking) {
      beforeHashing();
      checking = this.#inTurn(() => this.#isRight(password, stored ?? this.#nobody)).finally(() =>
        this.#checking.delete(pair),
      );
      this.#checking.set(pair, checking);
    }
    return (await checking) && stored !== null;
  }

  async #isRight(password: string, stored: string): Promise<boolean> {
    const check = werkzeugCheck(stored);
    if (!check) return isRight(password, stored);
    // Most such hashes are quick: the time must not tell who has one, and so is there.
    await isRight(password, this.#nobody);
    return check(password);
  }

  /** Names what is being checked, without keeping the password. */
  #pair(...fields: readonly string[]): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(fields)).digest('base64');
  }

  /** As many at once as there are cores; the others wait their turn. */
  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#queue.length >= MOST_WAITING) {
      throw new BoardError('unavailable', 'Too many people log in at once. Try again in a few seconds.', {
        retryAfter: 5,
      });
    }
    if (this.#running >= availableParallelism()) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#running += 1;

    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

function tagOf(password: string, salt: Buffer, cost: Cost, tagLength: number): Promise<Buffer> {
  return derive('argon2id', { message: Buffer.from(opaque(password)), nonce: salt, tagLength, ...cost });
}

/** The same however it is typed: the OpaqueString of RFC 8265 (4.2). */
function opaque(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}

async function isRight(password: string, stored: string): Promise<boolean> {
  const form = formOf(stored);
  if (!form) return false;
  const { cost, salt, tag } = form;
  return timingSafeEqual(await tagOf(password, salt, cost, tag.length), tag);
}

function formOf(stored: string): { cost: Cost; salt: Buffer; tag: Buffer } | null {
  const form = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]{11,88})\$([\w+/]{16,88})$/.exec(stored);
  if (!form) return null;
  const [, memory, passes, parallelism, salt = '', tag = ''] = form;
  const cost: Cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  if (isBeyond(cost)) return null;
  return {
    cost,
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

function isBeyond({ memory, passes, parallelism }: Cost): boolean {
  const isTooDear = memory > MOST_COST.memory || passes > MOST_COST.passes || parallelism > MOST_COST.parallelism;
  return isTooDear || passes < 1 || parallelism < 1 || memory < 8 * parallelism;
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
