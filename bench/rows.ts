import { messageText } from './message-text.ts';
import type { Row } from './row.ts';
import { fanOut } from './rows/fan-out.ts';
import { filters } from './rows/filters.ts';
import { growth } from './rows/growth.ts';
import { httpRate } from './rows/http-rate.ts';
import { latency } from './rows/latency.ts';
import { logInFlood } from './rows/log-in-flood.ts';
import { memory } from './rows/memory.ts';
import { replay } from './rows/replay.ts';
import { start } from './rows/start.ts';
import { storeRate } from './rows/store-rate.ts';
import { storm } from './rows/storm.ts';

/** Every row, in the table's order. What limits each, and why, is in README.md. */
export const rows: readonly Row[] = [
  httpRate({
    name: 'post',
    what: 'durable, authenticated POST /message, SQLite',
    goal: { limit: 0.55, peer: 4 },
    request: { method: 'POST', path: '/message', body: { text: messageText } },
    messages: 0,
  }),
  ...(['postgres', 'mariadb'] as const).map((server) =>
    httpRate({
      name: `post-${server}`,
      what: `durable, authenticated POST /message, ${server}`,
      goal: { limit: 0.4, peer: 3 },
      request: { method: 'POST', path: '/message', body: { text: messageText } },
      messages: 0,
      server,
    }),
  ),
  storeRate('postgres', 'near'),
  storeRate('mariadb', 'near'),
  storeRate('postgres', 'far'),
  storeRate('mariadb', 'far'),
  httpRate({
    name: 'get-message',
    what: 'GET /message/1',
    goal: { limit: 0.7 },
    request: { method: 'GET', path: '/message/1' },
    messages: 1,
  }),
  httpRate({
    name: 'get-messages',
    what: 'GET /messages?limit=20 of 1,000',
    goal: { limit: 0.5, peer: 3 },
    request: { method: 'GET', path: '/messages?limit=20' },
    messages: 1000,
  }),
  fanOut(100),
  fanOut(500),
  fanOut(2000, { peer: 20 }),
  latency,
  memory,
  filters,
  storm,
  replay,
  growth(100_000),
  growth(1_000_000),
  growth(10_000_000),
  logInFlood,
  start,
];
