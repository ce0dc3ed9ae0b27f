import type { Batch } from '../store/batch.ts';
import type { UserRow } from '../store/schema.ts';
import type { SessionRow } from '../store/sessions.ts';
import type { Write } from '../store/write.ts';
import { ended, letIn } from './let-in.ts';

/** At most this many sessions a user, and as many tokens for streams: one more ends the oldest. */
const MOST_SESSIONS = 100;

/** Streams that a password opened hang on an anchor; it is taken again while it lasts for so long (ms) at least. */
const ANCHOR_LEFT = 24 * 60 * 60 * 1000;

/**
 * Opens a session, and forgets what of its user's has expired.
 *
 * @param user - as they were when they proved who they are.
 */
export function openSession(user: UserRow, session: SessionRow): Write<void> {
  return {
    rows: 1,
    needs: ofUser(user.id),
    decide(batch) {
      checkUser(batch, user);
      add(batch, session);
    },
  };
}

/**
 * Opens a token for streams. One that no session asked for gets an anchor to end with, the same for all of a user's: `fresh`,
 * unless there is one that lasts.
 */
export function openStreamToken(user: UserRow, token: SessionRow, fresh: SessionRow): Write<void> {
  return {
    rows: 1,
    needs: ofUser(user.id),
    decide(batch) {
      checkUser(batch, user);
      const all = batch.sessions.of(user.id);
      if (token.parent !== null) {
        if (!all.some(({ token_hash }) => token_hash === token.parent)) throw ended();
        return add(batch, token);
      }
      const anchor = all.find(({ scope, expires }) => scope === 'anchor' && expires > batch.now + ANCHOR_LEFT);
      if (!anchor) add(batch, fresh);
      add(batch, { ...token, parent: (anchor ?? fresh).token_hash });
    },
  };
}

/** Who was let in by a password that is no longer theirs opens nothing. */
function checkUser(batch: Batch, { id, password_hash }: UserRow): void {
  if (letIn(batch, id).password_hash !== password_hash) throw ended();
}

/** Ends a session of a user's. */
export function closeSession(userId: number, hash: string): Write<void> {
  return {
    rows: 1,
    needs: ofUser(userId),
    decide: (batch) => end(batch, userId, (session) => session.token_hash === hash),
  };
}

/** Ends all of a user's sessions. */
export function closeSessions(userId: number): Write<void> {
  return {
    rows: 1,
    needs: ofUser(userId),
    decide: (batch) => end(batch, userId, () => true),
  };
}

/**
 * The same as a part of another write, which needs `sessionsOf` the user and takes a tick of theirs.
 *
 * @param except - the hash of the session that goes on, with what hangs on it.
 */
export function dropSessions(batch: Batch, userId: number, except: string | null): void {
  drop(batch, userId, ({ token_hash, parent }) => except === null || (token_hash !== except && parent !== except));
}

/** Forgets sessions that have expired. */
export function forgetSessions(hashes: readonly string[]): Write<void> {
  return {
    rows: 1,
    needs: {},
    decide(batch) {
      for (const hash of hashes) batch.sessions.remove(hash);
    },
  };
}

function ofUser(userId: number) {
  return { users: [userId], sessionsOf: [userId] };
}

function add(batch: Batch, session: SessionRow): void {
  const all = batch.sessions.of(session.user_id);
  for (const { token_hash, expires } of all) if (expires <= batch.now) batch.sessions.remove(token_hash);

  const alike = batch.sessions.of(session.user_id).filter(({ scope }) => scope === session.scope);
  const tooMany = alike.length + 1 - MOST_SESSIONS;
  if (tooMany > 0) {
    const oldest = new Set(alike.sort((left, right) => left.expires - right.expires).slice(0, tooMany));
    end(batch, session.user_id, (each) => oldest.has(each));
  }
  batch.sessions.add(session);
}

/**
 * Ends sessions. The tick that this takes has every process forget what it knows of the user, and ask the streams that are
 * open whether they may go on.
 */
function end(batch: Batch, userId: number, isMeant: (session: SessionRow) => boolean): void {
  if (drop(batch, userId, isMeant)) batch.changeUser(userId, {});
}

/** Removes sessions, with the tokens for streams that hang on them. Answers whether there were any. */
function drop(batch: Batch, userId: number, isMeant: (session: SessionRow) => boolean): boolean {
  const all = batch.sessions.of(userId);
  const meant = new Set(all.filter(isMeant).map(({ token_hash }) => token_hash));
  for (const { token_hash, parent } of all) {
    if (meant.has(token_hash) || meant.has(parent ?? '')) batch.sessions.remove(token_hash);
  }
  return meant.size > 0;
}
