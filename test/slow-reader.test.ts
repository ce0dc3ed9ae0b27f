import assert from 'node:assert/strict';
import test from 'node:test';
import type { Message } from '../src/model/message.ts';
import { BoardCopy } from './support/board-copy.ts';
import { startTestServer } from './support/server.ts';
import { openStream } from './support/stream-reader.ts';

/** 40 KB each; what the sockets' own buffers take comes on top of what the server may hold back. */
const BIG = '🐈'.repeat(10_000);
const COUNT = 500;

for (const format of ['sse', 'ndjson'] as const) {
  test(`${format}: a reader that falls too far behind is cut off, and resumes without a loss`, async (t) => {
    const { api, url } = await startTestServer(t);
    const kitten = await api.signUp('kitten');
    const copy = new BoardCopy();
    const onEvent = copy.apply.bind(copy);
    const slow = await openStream(url, '/stream?after=0', { format, onEvent });
    const healthy = await openStream(url, '/stream?after=0', { format });
    await slow.cursor();
    slow.pause();

    for (let n = 0; n < COUNT; n += 20) {
      await Promise.all(Array.from({ length: 20 }, () => api.post<Message>('/message', { text: BIG }, { as: kitten })));
    }
    await healthy.take(COUNT);

    slow.resume();
    await slow.ended;
    assert.ok(slow.events.length < COUNT, 'it was cut off, not fed from an endless buffer');

    const again = await openStream(url, '/stream', {
      format,
      headers: { 'last-event-id': slow.lastId ?? '' },
      onEvent,
    });
    await again.take(COUNT - slow.events.length);
    assert.deepEqual(copy.faultsAgainst(await api.board()), []);
    again.cut();
    healthy.cut();
  });
}
