import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { connect } from '../src/client.ts';
import { BoardError } from '../src/model/errors.ts';
import { atEnd, type Scope } from './support/cleanup.ts';

/** What stands between a client and the board may answer in words of its own. */
for (const [name, status, headers, body, code, retryAfter] of [
  ['a proxy whose server is away', 502, {}, '<h1>Bad Gateway</h1>', 'unavailable', null],
  ['a proxy whose server is slow', 504, {}, '', 'unavailable', null],
  ['a proxy that breaks', 500, {}, 'null', 'internal', null],
  ['a server of another age', 505, {}, '{}', 'internal', null],
  ['a proxy that wants money', 402, {}, '{}', 'bad-input', null],
  ['a guard that says for how long', 429, { 'retry-after': '7' }, '', 'too-many', 7],
  ['a guard whose time is over', 429, { 'retry-after': new Date(0).toUTCString() }, '', 'too-many', 0],
  ['a guard that says it in no way known', 429, { 'retry-after': 'soon' }, '', 'too-many', null],
] as const) {
  test(`${name} is told as ${code}`, async (t) => {
    const url = await startAnswering(t, status, headers, body);
    const error = await connect(url, undefined, { retryFor: 0 })
      .messages.list()
      .then(
        () => null,
        (thrown: unknown) => thrown,
      );
    assert.ok(error instanceof BoardError, String(error));
    assert.deepEqual([error.code, error.retryAfter], [code, retryAfter]);
    assert.ok(error.message.length > 0);
  });
}

test('an answer without a cursor is no page of a board', async (t) => {
  const url = await startAnswering(t, 200, { 'content-type': 'application/json' }, '[]');
  await assert.rejects(connect(url, undefined, { retryFor: 0 }).messages.list(), { code: 'unavailable' });
});

test('a page is no board, for lists and for streams', async (t) => {
  const url = await startAnswering(t, 200, { 'content-type': 'text/html' }, '<!doctype html>\n<p>Home</p>\n');
  const client = connect(url, undefined, { retryFor: 0 });
  const refusal = { code: 'unavailable', message: `What answers at ${new URL(url).origin} is not a board.` };
  await assert.rejects(client.messages.list(), refusal);

  const faults: unknown[] = [];
  const leaving = new AbortController();
  const options = {
    signal: leaving.signal,
    onFault(error: unknown) {
      faults.push(error);
      leaving.abort();
    },
  };
  for await (const event of client.stream({}, options)) assert.fail(`a page told ${event.type}`);
  assert.deepEqual(
    faults.map((error) => error instanceof BoardError && { code: error.code, message: error.message }),
    [refusal],
  );
});

/** A server that answers everything in this way. */
async function startAnswering(scope: Scope, status: number, headers: OutgoingHttpHeaders, body: string) {
  const server = createServer((_, answer) => answer.writeHead(status, headers).end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(scope, () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
