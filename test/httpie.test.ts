import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import test from 'node:test';
import type { Message } from '../src/model/message.ts';
import type { User } from '../src/model/user.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { within } from './support/eventually.ts';
import { startProgram } from './support/program.ts';
import { without } from './support/settings.ts';

/** The examples, as they are printed; a test changes nothing but the port. */
const LINES = {
  signUp: 'http POST localhost:5000/user username=kitten password=yarn bio="A cute ittle kitten."',
  post: 'http POST localhost:5000/message text="I love kittens!" --auth kitten:yarn',
  list: 'http GET localhost:5000/messages limit=10 offset=20',
  edit: 'http PUT localhost:5000/message/1 text="New text!" --auth kitten:yarn',
  delete: 'http DELETE localhost:5000/message/1 --auth kitten:yarn',
  user: 'http GET localhost:5000/user/kitten',
  stream: 'curl -N localhost:5000/stream',
} as const;

test('the lines that people know work as they are printed', { skip: without('http', 'curl', 'sh') }, async (t) => {
  const database = await temporaryDatabase(t);
  const program = await startProgram(t, ['--port', '0', '--database', database.url]);
  const line = (name: keyof typeof LINES) =>
    LINES[name].replace('localhost:5000', `localhost:${new URL(program.url).port}`);
  // HTTPie reads what is not a terminal, so its input is closed; and then its look for updates would run the line twice.
  await writeFile(join(database.dir, 'config.json'), '{"disable_update_warnings": true}');
  const start = (command: string) =>
    spawn('sh', ['-c', `exec ${command} <&-`], {
      env: { ...process.env, HTTPIE_CONFIG_DIR: database.dir, HOME: database.dir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const run = async (name: keyof typeof LINES): Promise<string> => {
    const child = start(line(name));
    const [output, errors, code] = await Promise.all([
      readText(child.stdout),
      readText(child.stderr),
      new Promise((resolve) => child.on('exit', resolve)),
    ]);
    assert.deepEqual([code, errors], [0, ''], output);
    return output;
  };

  await t.test(LINES.signUp, async () => {
    const user = JSON.parse(await run('signUp')) as User;
    assert.deepEqual([user.id, user.username, user.bio], [1, 'kitten', 'A cute ittle kitten.']);
  });

  await t.test(`${LINES.stream}, then ${LINES.post}`, async (inner) => {
    const curl = start(line('stream'));
    atEnd(inner, () => curl.kill());
    let received = '';
    curl.stdout.on('data', (chunk: Buffer) => {
      received += chunk.toString();
    });
    const nextBytes = () => once(curl.stdout, 'data');
    await within(nextBytes(), () => 'the beginning of the stream');
    const message = JSON.parse(await run('post')) as Message;
    while (!/^data:.*\n\n/m.test(received)) await within(nextBytes(), () => `an event in ${received}`);

    assert.deepEqual([message.id, message.text, message.user.username], [1, 'I love kittens!', 'kitten']);
    const data = JSON.parse(/^data: ?(.*)$/m.exec(received)?.[1] ?? '') as Message;
    assert.deepEqual([data.id, data.text], [1, 'I love kittens!']);
  });

  await t.test(LINES.list, async () => {
    const kitten = { username: 'kitten', password: 'yarn' };
    const later = await program.api.sayMany(kitten, 34);
    const list = JSON.parse(await run('list')) as Message[];
    // The first message of all stands before them, so that 20 are left out by offset=20.
    assert.deepEqual(
      list.map(({ id }) => id),
      later.slice(19, 29).map(({ id }) => id),
    );
  });

  await t.test(LINES.edit, async () => {
    assert.equal((JSON.parse(await run('edit')) as Message).text, 'New text!');
  });

  await t.test(LINES.delete, async () => {
    assert.equal(await run('delete'), '');
    assert.equal((await program.api.get('/message/1')).status, 404);
  });

  await t.test(LINES.user, async () => {
    const user = JSON.parse(await run('user')) as User;
    assert.deepEqual([user.id, user.username, user.bio], [1, 'kitten', 'A cute ittle kitten.']);
  });
});
