import type { Connect } from '../feed/doorbells/doorbell.ts';
import { natsLine } from '../feed/doorbells/nats.ts';
import { postgresLine } from '../feed/doorbells/postgres.ts';
import { redisLine } from '../feed/doorbells/redis.ts';
import { badInput } from '../model/errors.ts';
import type { Database } from './database-url.ts';

/**
 * The line by which the processes of a board call each other.
 *
 * @param bell - `postgres`, `redis://…`, `nats://…`, `poll`, or `auto`: PostgreSQL's own, where that is the database.
 * @returns `null`: none, each looks by itself.
 * @throws BoardError `bad-input`, also where the package for it is not installed.
 */
export async function bellLine(bell: string, database: Database): Promise<Connect | null> {
  const postgres = typeof database === 'string' && /^postgres(?:ql)?:/.test(database) ? database : null;
  const kind = bell !== 'auto' ? bell : postgres === null ? 'poll' : 'postgres';
  if (kind === 'poll') return null;
  if (kind === 'postgres' && postgres !== null) return postgresLine(postgres);
  if (kind === 'postgres') {
    throw badInput('bell', 'that of PostgreSQL rings for a board that is opened by a postgres:// URL alone.');
  }

  switch (URL.canParse(kind) ? new URL(kind).protocol : '') {
    case 'redis:':
    case 'rediss:':
      return redisLine(kind);
    case 'nats:':
    case 'tls:':
      return natsLine(kind);
    default:
      throw badInput('bell', 'names no bell. Use postgres, redis://HOST:PORT, nats://HOST:PORT, poll or auto');
  }
}
