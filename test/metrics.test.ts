import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { bearer } from './support/api.ts';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';
import { ROOT, run } from './support/snippets.ts';
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
      timed: numbers('msgboard_http_request_seconds_count{method="POST",route="/message"}'),
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
      timed: 4,
      commits: 4,
      told: 3,
      passwords: 1,
      open: 1,
      bell: 1,
    },
  );
  stream.cut();
  await eventually(async () => {
    const now = await numbersOf(api);
    const streams = 'msgboard_http_requests_total{method="GET",route="/stream",status="200"}';
    assert.deepEqual([now('msgboard_streams_open'), now(streams)], [0, 1]);
    // How long a reader stays is no measure of the server.
    assert.equal(now('msgboard_http_request_seconds_count{method="GET",route="/stream"}'), undefined);
  });
});

test('reading the numbers changes none of them', async (t) => {
  const { api } = await startTestServer(t);
  await api.get('/message/1');
  const missed = 'msgboard_http_requests_total{method="GET",route="/message/:id",status="404"}';
  assert.equal((await numbersOf(api))(missed), 1);
  assert.equal((await numbersOf(api))(missed), 1);
});

test('what the process takes is counted', async (t) => {
  const { api } = await startTestServer(t);
  const numbers = await numbersOf(api);
  for (const name of ['process_cpu_seconds_total', 'msgboard_event_loop_busy_seconds_total'])
    await eventually(async () => assert.ok(Number((await numbersOf(api))(name)) > Number(numbers(name)), name));
  const began = Number(numbers('process_start_time_seconds')) * 1000;
  assert.ok(began > Date.now() - process.uptime() * 1000 - 60_000 && began < Date.now(), `${began}`);
});

test('a database that is away is counted, and what is waited for it', {
  skip: without(...PRIVATE_SERVERS.postgres.needs),
}, async (t) => {
  const server = await PRIVATE_SERVERS.postgres.start(t);
  const { api } = await startTestServer(t, { database: await temporaryDatabase(t, server.url) });
  await api.get('/messages');
  const before = await numbersOf(api);
  assert.ok(Number(before('msgboard_database_wait_seconds_count')) > 0);
  assert.equal(before('msgboard_database_outages_total'), 0);

  await server.crash();
  assert.equal((await api.get('/messages?limit=3')).status, 503);
  assert.ok(Number((await numbersOf(api))('msgboard_database_outages_total')) > 0);
  await server.start();
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

for (const file of ['deploy/grafana-dashboard.json', 'deploy/alerts.yml']) {
  test(`${file} asks for metrics that there are, by labels that they have`, async (t) => {
    const { api } = await startTestServer(t);
    await api.get('/messages');
    const { text } = await api.get('/metrics');
    const source = await readFile(join(ROOT, file), 'utf8');
    const asked = [...source.matchAll(/\b((?:msgboard|process)_[a-z_]+)(?:\{([^}]*)\})?/g)];
    assert.ok(asked.length > 5, `${asked.length}`);
    for (const [, name = '', selectors = ''] of asked) {
      const [series] = text.match(new RegExp(`^${name}(?:\\{.*\\})? `, 'm')) ?? [];
      // Nothing has been refused yet, so its series are still to come.
      if (name !== 'msgboard_limit_refusals_total') assert.ok(series, name);
      // An instance and a job are what Prometheus adds.
      for (const [, label = ''] of selectors.matchAll(/(\w+)[!=]?[=~]/g))
        assert.ok(label === 'instance' || series?.includes(`${label}="`), `${name} has no ${label}`);
    }
  });
}

test('Prometheus understands the alerts, and its linter finds nothing in the metrics', {
  skip: without('promtool'),
}, async (t) => {
  const rules = await run(t, 'promtool', ['check', 'rules', '--lint-fatal', 'deploy/alerts.yml'], { cwd: ROOT });
  assert.equal(rules.code, 0, rules.output + rules.errors);

  const { url } = await startTestServer(t);
  const script = 'set -o pipefail; curl -sSf "$0/metrics" | promtool check metrics';
  const metrics = await run(t, 'bash', ['-c', script, url], { cwd: ROOT });
  assert.deepEqual([metrics.code, metrics.errors], [0, '']);
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
