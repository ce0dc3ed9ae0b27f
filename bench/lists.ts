/** `npm run bench:lists`: how long pages of a large board take, near and deep. README.md says what it all means. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openBoard } from '../src/board/open-board.ts';
import { type Case, cases } from './lists/cases.ts';
import { fill } from './lists/fill.ts';
import { median } from './measure.ts';
import { Progress } from './progress.ts';
import { Workshop } from './workshop.ts';

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '31' },
    database: { type: 'string' },
    only: { type: 'string' },
  },
});

/** Somebody whom no list is about. */
const NOTING = 'person10000';

const progress = new Progress();
const workshop = new Workshop();
const file = options.database ?? workshop.file('lists.db');
if (!existsSync(file)) await fill(file, Number(options.messages), (what) => progress.say(what));

const board = await openBoard(`sqlite:${file}`);
const head = Number((await board.as().messages.list({ limit: 1 })).cursor.split('-')[0]);
for (const each of cases.filter(({ name }) => name.includes(options.only ?? ''))) {
  const { depths, ratio } = await measure(each);
  progress.clear();
  const figures = depths.map((ms) => ms.toFixed(2).padStart(7)).join(' ');
  process.stdout.write(`${each.name.padEnd(58)} ${figures}  ${ratio.toFixed(2).padStart(5)}\n`);
}
await board.close();

/** Has something be committed, as a page that was answered is kept ready until then. It is in nobody else's lists. */
async function note(): Promise<void> {
  await board.as(NOTING).messages.post({ text: 'Note to self.', to: [NOTING] });
}

/** Milliseconds to a page of each depth, and how the slowest compares with the first. */
async function measure({ name, viewer, query, marks }: Case): Promise<{ depths: readonly number[]; ratio: number }> {
  progress.say(name);
  const client = viewer === null ? board.as() : board.as(viewer);
  const pages = marks(head).map((mark) => ({ run: () => query(client, mark), times: [] as number[] }));
  for (let round = 0; round <= Number(options.rounds); round += 1) {
    for (const { run, times } of pages) {
      await note();
      const start = performance.now();
      await run();
      if (round > 0) times.push(performance.now() - start);
    }
  }
  const depths = pages.map(({ times }) => median(times));
  return { depths, ratio: Math.max(...depths) / (depths[0] ?? Number.NaN) };
}
