import type { Command } from 'commander';
import type { Check } from '../../keeping/finding.ts';
import { bellOption, databaseOption, withFileAt } from '../database.ts';
import { openingFailure } from '../opening-failure.ts';
import { Output, type OutputOptions, withOutputOptions } from '../output.ts';
import { urlOption, withOneBoard } from '../place.ts';
import { SECRETS } from '../secrets.ts';

interface DoctorOptions extends OutputOptions {
  readonly database: string;
  readonly url?: string;
  readonly bell: string;
  readonly brief: boolean;
}

/** `doctor`: looks for what is amiss, and says what to do. */
export function addDoctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .description('look for what is amiss with a board in a database, or with the way to a server, and say what to do')
    .addOption(databaseOption())
    .addOption(urlOption())
    .addOption(bellOption())
    .option('--brief', 'do not wait 15 seconds to see whether a quiet stream lasts', false);
  withOneBoard(withOutputOptions(command)).action((options: DoctorOptions) => run(program, options));
}

async function run(program: Command, options: DoctorOptions): Promise<void> {
  const { database, url, bell, brief } = options;
  const output = new Output(options);
  const [{ findings }, { databaseChecks }, { serverChecks }] = await Promise.all([
    import('../../keeping/finding.ts'),
    import('../../keeping/check-database.ts'),
    import('../../keeping/check-server.ts'),
  ]);
  const checks =
    url === undefined
      ? await withFileAt(database, async () =>
          databaseChecks(database, bell).map((check) => explained(check, database)),
        )
      : serverChecks(url, brief);

  let failed = 0;
  for await (const finding of findings([settingsCheck(program), ...checks])) {
    const { check, verdict, message } = finding;
    const style = verdict === 'ok' ? 'dim' : verdict === 'warn' ? 'yellow' : 'red';
    await output.print(finding, () => `${output.style(style, verdict.padEnd(4))} ${check.padEnd(8)} ${message}`);
    failed += Number(verdict === 'fail');
  }
  if (failed > 0) throw new Error(`${failed} of these must be put right.`);
}

/** A check that says in words of ours why a database could not be opened. */
function explained(check: Check, database: string): Check {
  const run = () =>
    check.run().catch((error: unknown) => {
      throw openingFailure(error, database);
    });
  return { ...check, run };
}

/** What is misspelt in the environment counts for nothing, and nobody says so. */
function settingsCheck(program: Command): Check {
  const ofOptions = program.commands.flatMap(({ options }) => options.map(({ envVar }) => envVar));
  const known = new Set([...ofOptions, ...SECRETS]);
  return {
    name: 'settings',
    async run() {
      const given = Object.keys(process.env).filter((name) => name.startsWith('MSGBOARD_'));
      const unknown = given.filter((name) => !known.has(name));
      if (unknown.length > 0) return ['warn', `nothing is set by ${unknown.join(', ')}: is it misspelt?`];
      return ['ok', given.length === 0 ? 'none are set by the environment' : `known are ${given.join(', ')}`];
    },
  };
}
