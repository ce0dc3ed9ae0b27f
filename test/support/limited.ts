import type { LimitSettings } from '../../src/http/limits/table.ts';
import type { Answer } from './api.ts';
import type { Scope } from './cleanup.ts';
import { startTestServer, type TestServer } from './server.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export interface LimitedServer extends TestServer {
  /** Time goes by when a test says so. */
  readonly clock: { ms: number };
}

/** A server with limits: the usual ones, but for those given. */
export async function startLimited(scope: Scope, limits: LimitSettings = {}): Promise<LimitedServer> {
  const clock = { ms: Date.now() };
  const server = await startTestServer(scope, { limits, now: () => clock.ms, trustProxy: ['127.0.0.1'] });
  return { ...server, clock };
}

/** The headers of whoever comes from this address. */
export const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

/** How often in a row `ask` is not refused, up to `most` times. */
export async function countAllowed(most: number, ask: () => Promise<Answer<unknown>>): Promise<number> {
  for (let allowed = 0; allowed < most; allowed++) if ((await ask()).status === 429) return allowed;
  return most;
}
