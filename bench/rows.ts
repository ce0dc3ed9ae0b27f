import { httpRate } from './http-rate.ts';
import { messageText } from './message-text.ts';
import type { Row } from './row.ts';
import { storeRate } from './store-rate.ts';

/** Every row, in the table's order. What limits each, and why, is in README.md. */
export const rows: readonly Row[] = [
  httpRate({
    name: 'post',
    what: 'durable, authenticated POST /message, SQLite',
    request: { method: 'POST', path: '/message', body: { text: messageText } },
    messages: 0,
  }),
  ...(['postgres', 'mariadb'] as const).map((server) =>
    httpRate({
      name: `post-${server}`,
      what: `durable, authenticated POST /message, ${server}`,
      request: { method: 'POST', path: '/message', body: { text: messageText } },
      messages: 0,
      server,
    }),
  ),
  storeRate('postgres'),
  storeRate('mariadb'),
  httpRate({
    name: 'get-message',
    what: 'GET /message/1',
    request: { method: 'GET', path: '/message/1' },
    messages: 1,
  }),
  httpRate({
    name: 'get-messages',
    what: 'GET /messages?limit=20 of 1,000',
    request: { method: 'GET', path: '/messages?limit=20' },
    messages: 1000,
  }),
];
