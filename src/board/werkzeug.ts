import { pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/**
 * What a log-in by such a hash may cost at most, about half a second and 64 MiB: Werkzeug's own defaults have never been
 * higher, and whoever made a file to import must not choose how long the board is busy.
 */
const MOST_ITERATIONS = 1_000_000;
const MOST_MEMORY = 64 * 1024 * 1024;
const MOST_PARALLEL = 4;

const deriveSlowly = promisify(pbkdf2);

/** Finds out whether a password is the right one. */
type Check = (password: string) => Promise<boolean>;

/**
 * How a password is checked against a hash of Werkzeug's, Python's usual library for them: `pbkdf2:sha256:50000$salt$hex` (with sha1 or
 * sha512 too), `scrypt:32768:8:1$salt$hex`. `null`: it is none, or too dear.
 */
export function werkzeugCheck(stored: string): Check | null {
  const [, method = '', salt = '', hex = ''] =
    /^([\w:]{1,40})\$([^$]{1,100})\$((?:[0-9a-f]{2}){16,64})$/.exec(stored) ?? [];
  const expected = Buffer.from(hex, 'hex');
  const derive = derivation(method);
  return derive && (async (password) => timingSafeEqual(await derive(password, salt, expected.length), expected));
}

type Derive = (password: string, salt: string, length: number) => Promise<Buffer>;

function derivation(method: string): Derive | null {
  const [, digest, iterations] = /^pbkdf2:(sha1|sha256|sha512):(\d{1,7})$/.exec(method) ?? [];
  if (digest !== undefined) {
    const rounds = Number(iterations);
    const isBounded = rounds >= 1 && rounds <= MOST_ITERATIONS;
    return isBounded ? (password, salt, length) => deriveSlowly(password, salt, rounds, length, digest) : null;
  }
  const [N = 0, r = 0, p = 0] = (/^scrypt:(\d{1,7}):(\d{1,2}):(\d)$/.exec(method) ?? []).slice(1).map(Number);
  const isPower = N >= 2 && Number.isInteger(Math.log2(N));
  const memory = 128 * N * r;
  if (!isPower || r < 1 || p < 1 || p > MOST_PARALLEL || memory > MOST_MEMORY) return null;
  return (password, salt, length) =>
    new Promise((resolve, reject) => {
      // What it takes beside its main memory, Node counts too.
      scrypt(password, salt, length, { N, r, p, maxmem: 2 * memory }, (error, key) =>
        error ? reject(error) : resolve(key),
      );
    });
}
