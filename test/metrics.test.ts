import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { bearer } from './support/api.ts';
import { eventually } from './support/eventually.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';
import { ROOT } from './support/snippets.ts';
import { openStream } from './support/stream-reader.ts';

const operatorToken = 'a-token-of-the-operator';

test('what was written, answered, refused and is open is counted', async (t) => {
  const { api, url } = await startTestServer(t, { limits: { messages: '3/min' } });
  const kitten = await api.signUp('kitten');
  const stream = await openStream(url, '/stream');
  for (const text of ['one', 'two', 'three']) await api.say(kitten, text);
  assert.equal((await api.post('/message', { text: 'four' }, { as: kitten })).status, 429);
  assert.equal((await api.get('/message/1')).status, 200);
  assert.equal((await api.get('/message/99', { headers: { cookie: 'a=b' } })).status, 404);
  await stream.take(3);

  const numbers = await numbersOf(api);
  assert.deepEqual(
    {
      posted: numbers('msgboard_http_requests_total{method="POST",route="/message",status="201"}'),
      refused: numbers('msgboard_http_requests_total{method="POST",route="/message",status="429"}'),
      read: numbers('msgboard_http_requests_total{method="GET",route="/message/:id",status="200"}'),
      missed: numbers('msgboard_http_requests_total{method="GET",route="/message/:id",status="404"}'),
      limited: numbers('msgboard_limit_refusals_total{limit="messages"}'),
      writes: numbers('msgboard_writes_total'),
      commits: numbers('msgboard_commit_seconds_count'),
      told: numbers('msgboard_feed_lag_seconds_count'),
      passwords: numbers('msgboard_password_checks_total'),
      open: numbers('msgboard_streams_open'),
      bell: numbers('msgboard_bell_in_order'),
    },
    {
      posted: 3,
      refused: 1,
      read: 1,
      missed: 1,
      limited: 1,
      writes: 4,
      commits: 4,
      told: 3,
      passwords: 1,
      open: 1,
      bell: 1,
    },
  );
  stream.cut();
  await eventually(async () => assert.equal((await numbersOf(api))('msgboard_streams_open'), 0));
});

test('a bell that is out of order shows', async (t) => {
  const { api } = await startTestServer(t, { bell: 'redis://127.0.0.1:1' });
  await eventually(async () => {
    const numbers = await numbersOf(api);
    assert.deepEqual([numbers('msgboard_bell_in_order'), numbers('msgboard_bell_failures_total')], [0, 1]);
  });
});

test('metrics are for this machine and the operator, wherever a proxy says that they are', async (t) => {
  const { api } = await startTestServer(t, { operatorToken });
  const elsewhere = { 'x-forwarded-for': '192.0.2.1' };
  assertProblem(await api.get('/metrics', { headers: elsewhere }), 403);
  assertProblem(await api.get('/metrics', { headers: { forwarded: 'for=192.0.2.1' } }), 403);
  assert.equal((await api.get('/metrics', { headers: { ...elsewhere, ...bearer(operatorToken) } })).status, 200);
});

test('each metric stands in the documentation, and no other', async (t) => {
  const { api } = await startTestServer(t);
  const { text } = await api.get('/metrics');
  const served = text.match(/(?<=^# TYPE )\S+/gm) ?? [];
  const section = /^## Metrics\n(.*?)^## /ms.exec(await readFile(join(ROOT, 'docs/api.md'), 'utf8'))?.[1] ?? '';
  const documented = section.match(/(?<=^\| `)[a-z_]+/gm) ?? [];
  assert.deepEqual(served.toSorted(), documented.toSorted());
});

/** The value of each metric by its name and labels. */
async function numbersOf(api: Awaited<ReturnType<typeof startTestServer>>['api']) {
  const { text, headers } = await api.get('/metrics');
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const values = new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line): [string, number] => [
        line.slice(0, line.lastIndexOf(' ')),
        Number(line.slice(line.lastIndexOf(' '))),
      ]),
  );
  return (name: string) => values.get(name);
}
