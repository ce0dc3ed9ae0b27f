import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { basic, bearer } from './support/api.ts';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';
import { startProgram } from './support/program.ts';
import { openStream } from './support/stream-reader.ts';

test('no secret is ever printed or stored, however it is used and misused', async (t) => {
  const { url: database, file: path } = await temporaryDatabase(t);
  const operatorToken = 'canary-operator-8a6f';
  const password = 'canary-password-03be';
  const env = { MSGBOARD_OPERATOR_TOKEN: operatorToken };
  const program = await startProgram(t, ['--port', '0', '--database', database], { env });
  const { api, url } = program;
  const kitten = await api.signUp('kitten', { password });
  const session = (await api.logIn(kitten)).token;
  const stream = (await api.logIn(kitten, { stream: true })).token;
  const secrets = [operatorToken, password, basic(kitten).slice('Basic '.length), session, stream];

  for (const token of secrets) {
    const open = await openStream(url, `/stream?token=${stream}&after=0`);
    await open.cursor();
    open.cut();
    for (const headers of [bearer(token), { cookie: `msgboard_session=${token}` }, { authorization: token }]) {
      for (const [method, path] of [
        ['GET', '/session'],
        ['POST', '/session'],
        ['GET', `/stream?poll=1&token=${token}`],
        ['GET', `/stream?poll=1&token=${token}%`],
        ['GET', `/stream?token=${token}&token=${token}`],
        ['GET', `/messages?token=${token}`],
        ['GET', `/nowhere?token=${token}`],
        ['GET', `/user/kitten?${token}`],
        ['PATCH', `/stream?token=${token}`],
      ] as const) {
        const { status, text } = await api.call(method, path, { headers });
        // What somebody sent may be named in the answer to them, and nothing that another knows.
        const others = status < 400 ? [] : secrets.filter((secret) => secret !== token);
        for (const secret of others) assert.ok(!text.includes(secret), `${method} ${path}: ${text}`);
      }
      await api.post('/session', { username: 'kitten', password: token, stream: token }, { headers });
      await api.post('/user', { username: 'cat', password: token, token }, { headers });
    }
  }
  for (const stored of [path, `${path}-wal`]) {
    const bytes = await readFile(stored);
    for (const secret of secrets) assert.ok(!bytes.includes(secret), `${secret} is in ${stored}`);
  }
  // What breaks on the server is logged whole.
  const file = new DatabaseSync(path);
  file.exec('drop table sessions');
  file.close();
  for (const token of secrets) {
    assert.equal((await api.post('/session', { username: 'kitten', password })).status, 500);
    await api.get(`/stream?poll=1&token=${token}`, { headers: bearer(token) });
  }
  await eventually(() => assert.match(program.output(), /no such table/));
  assert.equal((await program.end('SIGTERM')).code, 0);

  for (const secret of secrets) assert.ok(!program.output().includes(secret), program.output());
});
