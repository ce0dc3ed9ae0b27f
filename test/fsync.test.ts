import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Person } from './support/api.ts';
import { temporaryDatabase } from './support/database.ts';
import { type Program, startProgram } from './support/program.ts';
import { without } from './support/settings.ts';

const skip = without('strace');

test('each acknowledged lone write is synced before its answer', { skip }, async (t) => {
  const { program, person, syncs } = await startTraced(t);
  const before = await syncs();
  for (let n = 1; n <= 20; n++) {
    const soFar = await syncs();
    const { id } = await program.api.say(person, `lone ${n}`);
    assert.ok((await syncs()) > soFar, `message ${id} was acknowledged without a sync`);
    if (n % 2 === 0) continue;

    const posted = await syncs();
    await program.api.put(`/message/${id}`, { text: 'edited' }, { as: person });
    assert.ok((await syncs()) > posted, `the edit of ${id} was acknowledged without a sync`);
    const edited = await syncs();
    await program.api.delete(`/message/${id}`, { as: person });
    assert.ok((await syncs()) > edited, `the deletion of ${id} was acknowledged without a sync`);
  }
  t.diagnostic(`${(await syncs()) - before} syncs for 40 lone writes`);
});

test('many writers share their syncs', { skip }, async (t) => {
  const { program, person, syncs } = await startTraced(t);
  await program.api.say(person, 'warm');
  const before = await syncs();
  await Promise.all(Array.from({ length: 64 }, () => program.api.sayMany(person, 10)));
  const shared = (await syncs()) - before;

  assert.ok(shared > 0 && shared < 640, `${shared} syncs for 640 writes`);
  t.diagnostic(`${shared} syncs for 640 writes`);
});

test('reading syncs nothing', { skip }, async (t) => {
  const { program, person, syncs } = await startTraced(t);
  await program.api.say(person, 'x');
  const before = await syncs();
  await program.api.board();
  await program.api.get('/user/kitten');

  assert.equal(await syncs(), before);
});

async function startTraced(
  t: TestContext,
): Promise<{ program: Program; person: Person; syncs: () => Promise<number> }> {
  const { dir, url } = await temporaryDatabase(t);
  const trace = join(dir, 'trace.txt');
  const under = ['strace', '-f', '--seccomp-bpf', '-qq', '-e', 'trace=fsync,fdatasync', '-o', trace];
  const program = await startProgram(t, ['--port', '0', '--database', url], { under });
  const person = await program.api.signUp('kitten');
  // A call in one line, or in two where another thread came between.
  const done = /\bf(?:data)?sync(?:\(\d+\)| resumed>\)) += 0$/gm;

  return { program, person, syncs: async () => (await readFile(trace, 'utf8')).match(done)?.length ?? 0 };
}
