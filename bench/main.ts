/** `npm run bench`: measures the rows, prints the table. README.md says what it all means. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isInMemory, machine } from './machine.ts';
import { measure, type Settings } from './measure.ts';
import { Progress } from './progress.ts';
import { type Omission, type Result, record, table } from './report.ts';
import { LeftOut, type Row, roles } from './row.ts';
import { rows } from './rows.ts';
import { Workshop } from './workshop.ts';

const usage = `npm run bench -- [options]

  --only ROW     measure this row alone (may be repeated): ${rows.map((row) => row.name).join(', ')}
  --seconds N    length of one measurement (4)
  --rounds N     how often each contestant is measured, after a warm-up (5)
  --json FILE    write every figure there as well
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
const results: Result[] = [];
for (const row of options.rows) results.push(await run(row, options));
progress.clear();

process.stdout.write(table(results));
for (const { what, why } of leftOut) process.stdout.write(`Left out: ${what}: ${why}\n`);
if (options.json !== undefined) {
  const { seconds, rounds } = options;
  const content = { taken, machine: machine(), seconds, rounds, rows: results.map(record), leftOut };
  writeFileSync(options.json, `${JSON.stringify(content, null, 2)}\n`);
}
if (!results.some(({ figures }) => figures.ours)) process.exitCode = 1;

async function run(row: Row, settings: Settings): Promise<Result> {
  progress.say(`${row.name}: starting`);
  const contestants = await row.start(workshop);
  if (contestants instanceof LeftOut) {
    leftOut.push({ what: row.name, why: contestants.why });
    return { row, figures: {} };
  }

  for (const role of roles) {
    const contestant = contestants[role];
    if (contestant instanceof LeftOut) leftOut.push({ what: `${row.name}, ${role}`, why: contestant.why });
  }
  const figures = await measure(row, contestants, settings, progress);
  await workshop.clear();

  return { row, figures };
}

function readOptions(): Settings & { readonly rows: readonly Row[]; readonly json: string | undefined } {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true },
        seconds: { type: 'string', default: '4' },
        rounds: { type: 'string', default: '5' },
        json: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      process.exit();
    }

    return {
      rows: values.only?.map(rowNamed) ?? rows,
      seconds: positive('--seconds', values.seconds),
      rounds: positive('--rounds', values.rounds),
      json: values.json,
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
