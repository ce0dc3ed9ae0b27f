/** Ten thousand streams, each on a connection of its own, for one who may have a few. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bearer } from '../support/api.ts';
import { Crowd } from '../support/crowd.ts';
import { temporaryDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startProgram } from '../support/program.ts';
import { openStream } from '../support/stream-reader.ts';

const COUNT = 10_000;
const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
const files = /^Max open files +\S+ +(\d+)/m.exec(limits)?.[1] ?? '0';
const skip = Number(files) < COUNT + 200 && `it takes ${COUNT} sockets, and a process may have ${files} files open`;

for (const [who, isNobody, places] of [
  ['an address', true, 100],
  ['a person, from many addresses,', false, 20],
] as const) {
  test(`${who} that opens ${COUNT} streams has ${places}, and others are served meanwhile`, { skip }, async (t) => {
    const { url: database } = await temporaryDatabase(t);
    const env = { MSGBOARD_RATE_LIMIT: 'on' };
    const { api, url } = await startProgram(t, ['--port', '0', '--database', database], { env });
    const [kitten, dog] = [await api.signUp('kitten'), await api.signUp('dog')];
    const { authorization } = bearer((await api.logIn(kitten)).token);
    const reader = await openStream(url);
    const open = async () => Number(/^msgboard_streams_open (.*)$/m.exec((await api.get('/metrics')).text)?.[1]);

    const answers = new Map<number, string>();
    const crowd = new Crowd(t, url, {
      count: COUNT,
      path: '/stream',
      headers: isNobody ? '' : `Authorization: ${authorization}\r\n`,
      ...(isNobody && { address: '127.0.0.2' }),
      onText: (text, n) => answers.set(n, answers.get(n) ?? text.slice(9, 12)),
    });
    const coming = crowd.come();
    for (let n = 1; n <= 10; n++) {
      while (crowd.size < (n * COUNT) / 10) await sleep(1);
      await api.say(dog, `${n}`);
    }
    await coming;

    const counts = Object.entries(Object.groupBy(answers.values(), (status) => status));
    assert.deepEqual(
      counts.map(([status, all = []]) => [status, all.length]),
      [
        ['200', places],
        ['429', COUNT - places],
      ],
    );
    assert.equal(await open(), 1 + places);
    const heard = () => reader.events.flatMap((event) => (event.type === 'message' ? event.message.text : []));
    await eventually(() => assert.deepEqual(heard().map(Number), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    await crowd.leave();
    await eventually(async () => assert.equal(await open(), 1));
    reader.cut();
  });
}
