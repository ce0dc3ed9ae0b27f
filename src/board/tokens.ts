import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What tokens begin with: whoever finds one in a log or a repository can tell what it is. */
const PREFIX = { all: 'msgboard_session_', stream: 'msgboard_stream_' } as const;

/** What a token is good for: all that its user may do, or to open a stream. */
export type TokenKind = keyof typeof PREFIX;

/** Of 256 random bits. */
export function newToken(kind: TokenKind): string {
  return PREFIX[kind] + randomBytes(32).toString('base64url');
}

/** `null`: it is no token of this board's. */
export function kindOf(token: string): TokenKind | null {
  if (token.startsWith(PREFIX.all)) return 'all';
  return token.startsWith(PREFIX.stream) ? 'stream' : null;
}

/** What is kept of a token. It cannot be guessed, so a fast hash is enough. */
export function tokenHash(token: string): string {
  return hash('sha256', token, 'base64url');
}

/** Compares secrets in a time that tells nothing of either. */
export function isSame(secret: string, other: string): boolean {
  return timingSafeEqual(hash('sha256', secret, 'buffer'), hash('sha256', other, 'buffer'));
}
