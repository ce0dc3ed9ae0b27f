import assert from 'node:assert/strict';
import test from 'node:test';
import { cutPower, recordDisk } from '../support/disk-history.ts';
import { Random } from '../support/random.ts';
import { numberSetting, without } from '../support/settings.ts';

const SEED = numberSetting('MSGBOARD_SEED', Math.floor(Math.random() * 1e9));
const POWER_CUTS = Math.ceil(numberSetting('MSGBOARD_POWER_CUTS', 60) / 3);

const skip = without('strace');

for (const [claim, fault, until, refuses] of [
  ['a sync that takes long is waited for', 'delay_enter=20000:when=40+1', 'nothing', false],
  ['after syncs that failed, what is answered is on the disk', 'error=EIO:when=100..160', 'refused', true],
  ['so it is once a server whose last syncs failed was killed', 'error=EIO:when=100+1', 'killed', true],
] as const) {
  test(claim, { skip }, async (t) => {
    t.diagnostic(`MSGBOARD_SEED=${SEED}`);
    const history = await recordDisk(t, { fault, until });
    assert.equal(history.refused > 0, refuses, `${history.refused} writes are refused`);
    assert.equal(
      history.calls.some(({ kind }) => kind === 'failed-sync'),
      refuses,
    );
    assert.deepEqual(await cutPower(t, history, POWER_CUTS, new Random(SEED)), []);
  });
}
