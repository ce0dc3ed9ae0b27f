import assert from 'node:assert/strict';
import test from 'node:test';
import { faultsOfImage, type Image } from '../support/board-image.ts';
import { privateDir } from '../support/daemon.ts';
import { cutPower, type DiskHistory, diskFiles, recordDisk } from '../support/disk-history.ts';
import { preloaded } from '../support/program.ts';
import { Random } from '../support/random.ts';
import { numberSetting, without } from '../support/settings.ts';
import { FRAME, FRAME_HEADER, framesOf } from '../support/write-ahead-log.ts';

const SEED = numberSetting('MSGBOARD_SEED', Math.floor(Math.random() * 1e9));
const POWER_CUTS = numberSetting('MSGBOARD_POWER_CUTS', 60);
/** How many frames of a log are cut; 0: all. */
const FRAMES_CUT = numberSetting('MSGBOARD_FRAMES_CUT', 20);

const skip = without('strace');

test('after a power cut', { skip }, async (t) => {
  t.diagnostic(`MSGBOARD_SEED=${SEED}`);
  const random = new Random(SEED);
  const dir = await privateDir(t);
  const history = await recordDisk(t);

  await t.test(
    `all that was answered is there, and nothing but the first so many writes, ${POWER_CUTS} times`,
    async (inner) => {
      const faults = await cutPower(inner, history, POWER_CUTS, random, (sentence) => inner.diagnostic(sentence));
      assert.deepEqual(faults, []);
    },
  );
  await t.test('so it is with a log that ends at, or within, a frame', async (inner) => {
    const { image, writtenAt } = longestLog(history);
    const starts = [...writtenAt.keys()];
    const step = FRAMES_CUT === 0 ? 1 : Math.ceil(starts.length / FRAMES_CUT);
    const chosen = starts.filter((_, index) => index % step === 0);
    let last = 0;
    for (const [index, start] of chosen.entries()) {
      const within = [0, 1 + random.below(FRAME_HEADER - 1), FRAME_HEADER + random.below(FRAME - FRAME_HEADER)];
      for (const cut of within) {
        const log = image.log.subarray(0, start + cut);
        const { faults, head } = await faultsOfImage(dir, { ...image, log }, history.writes, writtenAt.get(start) ?? 0);
        assert.deepEqual(faults, [], `the log cut at ${start} + ${cut}`);
        assert.ok(head >= last, 'a longer log holds no less');
        last = head;
      }
      if (index % 500 === 499) inner.diagnostic(`${index + 1} of ${chosen.length} frames`);
    }
    assert.ok(chosen.length > 10 && last > 0);
    const empty = await faultsOfImage(dir, { ...image, log: Buffer.alloc(0) }, history.writes, Date.now());
    assert.match(empty.faults.join(), /answered writes are gone/, 'without the log, they are missed');
    inner.diagnostic(`${chosen.length} of ${starts.length} frames, ${last} writes in them`);
  });
});

test('a database that commits without syncing loses what was answered, and nothing else', { skip }, async (t) => {
  const history = await recordDisk(t, { env: preloaded('commit-without-sync') });
  const faults = await cutPower(t, history, 60, new Random(SEED));
  assert.ok(faults.length > 30, `${faults.length} of 60 show it`);
  for (const fault of faults) assert.match(fault, /answered writes are gone$|There is no board/);
});

/**
 * The files just before a log is moved into the database, which holds nothing of it so far; and of each frame, when its
 * writing began.
 */
function longestLog(history: DiskHistory): { readonly image: Image; readonly writtenAt: Map<number, number> } {
  const files = diskFiles(history);
  let isFresh = false;
  let image: Image = { database: Buffer.alloc(0), log: Buffer.alloc(0) };
  let times = new Map<number, number>();
  const begun = new Map<number, number>();
  for (const call of history.calls) {
    if (isFresh && call.path === history.database && call.kind === 'write') {
      isFresh = false;
      const log = files.log.whole();
      if (log.length > image.log.length) {
        image = { database: files.database.whole(), log };
        times = new Map(begun);
      }
    }
    if (call.path === history.log && call.kind === 'cut') isFresh = true;
    if (call.path === history.log && call.kind === 'write') begun.set(call.at, call.ms);
    files.take(call);
  }
  return { image, writtenAt: new Map(framesOf(image.log).map((start) => [start, times.get(start) ?? 0])) };
}
