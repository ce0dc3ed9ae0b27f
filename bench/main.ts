/** `npm run bench`: measures the rows, prints the table. README.md says what it all means. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { document } from './documents.ts';
import { isInMemory, machine, sentenceOf } from './machine.ts';
import { measure, type Settings } from './measure.ts';
import { pictures } from './pictures.ts';
import { Progress } from './progress.ts';
import { type Omission, type Result, record, table } from './report.ts';
import { LeftOut, type Row, roles, type Scale } from './row.ts';
import { rows } from './rows.ts';
import { Workshop } from './workshop.ts';

const usage = `npm run bench -- [options]

  --only ROW     measure this row alone (may be repeated): ${rows.map((row) => row.name).join(', ')}
  --seconds N    length of one measurement, in seconds (4)
  --rounds N     how often each contestant is measured (5)
  --warm-up N    seconds that it is loaded for ahead of them (20)
  --scale X      X times as many readers and messages, to try the mechanics (1)
  --json FILE    write every figure there as well
  --docs PAGE    write the table into this page (docs/performance.md), and pictures beside it
  --help
`;

const options = readOptions();
const taken = new Date();
const progress = new Progress();
const workshop = new Workshop();
const leftOut: Omission[] = [];

if (isInMemory(workshop.directory)) {
  leftOut.push({ what: 'the disk', why: `${workshop.directory} is in memory, fsync costs nothing: set TMPDIR` });
}
if (options.scale !== 1)
  leftOut.push({ what: 'the size', why: `readers and messages are ${options.scale} of what the lines say` });
const scale: Scale = (full) => Math.max(1, Math.round(full * options.scale));
const results: Result[] = [];
for (const row of options.rows) results.push(await run(row, options));
progress.clear();

const told = [table(results), ...leftOut.map(({ what, why }) => `Left out: ${what}: ${why}\n`)].join('');
process.stdout.write(told);
if (options.docs !== undefined) document(options.docs, `${sentenceOf(machine(), taken)}\n\n${told}`, pictures(results));
if (options.json !== undefined) {
  const { seconds, rounds, warmUp, scale } = options;
  const content = { taken, machine: machine(), seconds, rounds, warmUp, scale, rows: results.map(record), leftOut };
  writeFileSync(options.json, `${JSON.stringify(content, null, 2)}\n`);
}
if (!results.some(({ figures }) => figures.some(({ ours }) => ours))) process.exitCode = 1;

async function run(row: Row, settings: Settings): Promise<Result> {
  progress.say(`${row.name}: starting`);
  try {
    const contestants = await row.start(workshop, scale);
    if (contestants instanceof LeftOut) {
      leftOut.push({ what: row.name, why: contestants.why });
      return { row, figures: [] };
    }
    for (const role of roles) {
      const contestant = contestants[role];
      if (contestant instanceof LeftOut) leftOut.push({ what: `${row.name}, ${role}`, why: contestant.why });
    }
    return { row, figures: await measure(row, contestants, settings, progress) };
  } catch (error) {
    // The other rows are measured all the same, but the run has failed.
    process.exitCode = 1;
    leftOut.push({ what: row.name, why: `it failed: ${error instanceof Error ? error.message : String(error)}` });
    return { row, figures: [] };
  } finally {
    await workshop.clear();
  }
}

function readOptions(): Settings & {
  readonly rows: readonly Row[];
  readonly scale: number;
  readonly json: string | undefined;
  readonly docs: string | undefined;
} {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true },
        seconds: { type: 'string', default: '4' },
        rounds: { type: 'string', default: '5' },
        'warm-up': { type: 'string', default: '20' },
        scale: { type: 'string', default: '1' },
        json: { type: 'string' },
        docs: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      process.exit();
    }

    return {
      rows: values.only?.map(rowNamed) ?? rows,
      seconds: above0('--seconds', values.seconds, 9999),
      rounds: positive('--rounds', values.rounds),
      warmUp: above0('--warm-up', values['warm-up'], 9999),
      scale: above0('--scale', values.scale, 1),
      json: values.json,
      docs: values.docs,
    };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

function rowNamed(name: string): Row {
  const row = rows.find((candidate) => candidate.name === name);
  if (!row) throw new Error(`--only: there is no row '${name}'`);

  return row;
}

function positive(option: string, value: string): number {
  if (!/^[1-9]\d{0,3}$/.test(value)) throw new Error(`${option}: '${value}' is not a whole number from 1 to 9999`);

  return Number(value);
}

function above0(option: string, value: string, most: number): number {
  const number = Number(value);
  if (!(number > 0 && number <= most))
    throw new Error(`${option}: '${value}' is not a number above 0, and at most ${most}`);

  return number;
}
