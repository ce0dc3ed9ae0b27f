import assert from 'node:assert/strict';
import type { SavedMirror } from '../src/remote/collection.ts';
import { type Mirror, type MirrorState, mirror } from '../src/remote/mirror.ts';
import { invite, onEveryBoard } from './support/boards.ts';
import { atEnd, type Scope } from './support/cleanup.ts';
import { eventually } from './support/eventually.ts';

onEveryBoard('a mirror shows the newest messages, and all that becomes of them', async (board, scope) => {
  await invite(board, 'kitten');
  const kitten = board.as('kitten');
  const [, second, third] = await kitten.messages.postMany(['1', '2', '3'].map((text) => ({ text })));
  const copy = keep(scope, mirror(board.as(), {}, { limit: 2 }));
  await shows(copy, '2', '3');
  assert.equal(copy.getSnapshot().hasOlder, true);

  await kitten.messages.post({ text: '4' });
  await kitten.messages.edit(third?.id ?? 0, { text: '3, edited' });
  await kitten.messages.delete(second?.id ?? 0);
  await shows(copy, '3, edited', '4');
  await copy.loadOlder();
  await shows(copy, '1', '3, edited', '4');
  assert.equal(copy.getSnapshot().hasOlder, false);
});

onEveryBoard('a snapshot never changes, and is the same until something happens', async (board, scope) => {
  await invite(board, 'kitten');
  const copy = keep(scope, mirror(board.as(), {}));
  await shows(copy);
  const before = copy.getSnapshot();
  assert.equal(copy.getSnapshot(), before);

  await board.as('kitten').messages.post({ text: 'new' });
  await shows(copy, 'new');
  assert.notEqual(copy.getSnapshot(), before);
  assert.deepEqual(before.messages, []);
});

onEveryBoard('a listener is told at once, and no more once it has left', async (board, scope) => {
  await invite(board, 'kitten');
  const copy = keep(scope, mirror(board.as(), {}));
  const told: MirrorState[] = [];
  const leave = copy.subscribe((state) => told.push(state));
  assert.equal(told.length, 1);
  await shows(copy);
  leave();
  const count = told.length;
  await board.as('kitten').messages.post({ text: 'new' });
  await shows(copy, 'new');
  assert.equal(told.length, count);
  assert.equal(told.at(-1)?.isLive, true);
});

onEveryBoard('a mirror goes on from what was saved', async (board, scope) => {
  await invite(board, 'kitten');
  const kitten = board.as('kitten');
  const [first] = await kitten.messages.postMany(['1', '2', '3'].map((text) => ({ text })));
  let saved: SavedMirror | null = null;
  const storage = {
    get: () => saved,
    set: (state: SavedMirror) => {
      saved = structuredClone(state);
    },
  };
  const copy = mirror(board.as(), {}, { limit: 2, storage });
  atEnd(scope, copy.close);
  await shows(copy, '2', '3');
  await copy.loadOlder();
  await shows(copy, '1', '2', '3');
  copy.close();

  await kitten.messages.edit(first?.id ?? 0, { text: 'not shown' });
  await kitten.messages.post({ text: '4' });
  const next = keep(scope, mirror(board.as(), {}, { limit: 2, storage }));
  await shows(next, '2', '3', '4');
  assert.equal(next.getSnapshot().hasOlder, true);
});

onEveryBoard('a mirror whose place is of no use starts over', async (board, scope) => {
  await invite(board, 'kitten');
  await board.as('kitten').messages.post({ text: 'here' });
  const saved = { cursor: '1000000', messages: [], hasOlder: false };
  await shows(keep(scope, mirror(board.as(), {}, { storage: { get: () => saved, set: () => {} } })), 'here');
});

onEveryBoard('what time does not mend ends a mirror', async (board, scope) => {
  await invite(board, 'kitten');
  const copy = keep(scope, mirror(board.as('nobody'), {}));
  await eventually(() => assert.equal((copy.getSnapshot().error as Error | null)?.name, 'BoardError'));
});

function keep(scope: Scope, copy: Mirror): Mirror {
  atEnd(scope, copy.close);
  return copy;
}

/** Waits until a mirror is live and shows these texts. */
async function shows(copy: Mirror, ...texts: readonly string[]): Promise<void> {
  await eventually(() => {
    const { isLive, messages, error } = copy.getSnapshot();
    assert.equal(error, null);
    assert.deepEqual([isLive, messages.map(({ text }) => text)], [true, texts]);
  });
}
