import type { Language } from './dialects/languages/language.ts';
import type { Db, Row } from './schema.ts';
import { command, statement } from './statement.ts';
import type { Transaction } from './transaction.ts';

/**
 * How long (ms) an Idempotency-Key is kept at least: whoever was cut off has come back by then. A day is promised, and the
 * clock may jump by another.
 */
export const KEPT = 2 * 24 * 60 * 60 * 1000;

/** Keys forgotten by one batch: a few milliseconds' work. */
const MOST_FORGOTTEN = 200;

/** After a look that found few, the next one comes this much later (ms). */
const PAUSE = 60_000;

/** Forgets old keys, some at a time, in the turn of writes that add new ones. */
export function forgetting(on: Db, { slice }: Language): (transaction: Transaction, now: number) => Promise<void> {
  const old = statement(({ until }: { until: number }) =>
    on
      .selectFrom('keys')
      .select(['user_id', 'key_hash'])
      .where('created', '<', until)
      .orderBy('created')
      .modifyEnd(slice(MOST_FORGOTTEN)),
  );
  const forget = command((key: Pick<Row<'keys'>, 'user_id' | 'key_hash'>) =>
    on.deleteFrom('keys').where('user_id', '=', key.user_id).where('key_hash', '=', key.key_hash),
  );
  let next = 0;

  return async (transaction, now) => {
    if (now < next) return;
    const keys = await old(transaction, { until: now - KEPT });
    for (const key of keys) forget(transaction, key);
    next = keys.length === MOST_FORGOTTEN ? now : now + PAUSE;
  };
}
