import { type Command, InvalidArgumentError, Option } from 'commander';
import { databaseOption, withStoreAt } from '../database.ts';
import { write } from '../output.ts';
import { count, withProgress } from '../progress.ts';

interface PruneOptions {
  readonly database: string;
  readonly olderThan: number;
  readonly dryRun: boolean;
}

const DAY = 24 * 60 * 60 * 1000;
const UNITS: Readonly<Record<string, number>> = { d: DAY, h: DAY / 24, m: DAY / 24 / 60, s: 1000 };

/** `prune`: forgets what nobody needs any more. */
export function addPruneCommand(program: Command): void {
  program
    .command('prune')
    .description('forget old deletions, expired sessions and old Idempotency-Keys; servers may run meanwhile')
    .addOption(databaseOption())
    .addOption(
      new Option(
        '--older-than <time>',
        'deletions of how long ago, such as 90d, 12h or 0s; who has been away for longer starts over',
      )
        .argParser(durationOf)
        .default(30 * DAY, '30d'),
    )
    .option('--dry-run', 'only say what would be forgotten', false)
    .action(run);
}

async function run({ database, olderThan, dryRun }: PruneOptions): Promise<void> {
  const { prune } = await import('../../keeping/prune.ts');
  const now = Date.now();
  const { deletions, sessions, keys } = await withStoreAt(database, {}, (store) =>
    withProgress('deletions', (progress) =>
      prune(store, {
        before: now - olderThan,
        now,
        isDry: dryRun,
        onProgress: (done) => progress.tell(done, done),
      }),
    ),
  );
  const parts = `${count(deletions)} deletions, ${count(sessions)} expired sessions and ${count(keys)} old keys`;
  await write(dryRun ? `This would forget ${parts}.\n` : `Forgot ${parts}.\n`);
}

function durationOf(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([dhms])$/.exec(text) ?? [];
  if (amount === undefined) throw new InvalidArgumentError('This is a time such as 90d, 12h, 30m or 0s.');
  return Number(amount) * (UNITS[unit] ?? DAY);
}
