import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, type Option } from 'commander';
import { addServeCommands } from '../src/cli/commands/serve.ts';

/**
 * Writes the table of settings in docs/configuration.md, as the program itself knows them. `--check`: only looks whether it is up to
 * date, and ends with 1 if it is not.
 */
const FILE = join(import.meta.dirname, '../docs/configuration.md');
const PLACE = /(?<=<!-- made by scripts\/settings\.ts -->\n\n).*?(?=\n\n<!-- end -->)/s;

const program = new Command();
addServeCommands(program);
const serve = program.commands.find((command) => command.name() === 'serve');
const rows = (serve?.options ?? []).filter(({ envVar }) => envVar !== undefined).map(rowOf);
const table = ['| option | variable | default | |', '|---|---|---|---|', ...rows].join('\n');

const before = await readFile(FILE, 'utf8');
if (!PLACE.test(before)) throw new Error(`${FILE} has no place for the table`);
const after = before.replace(PLACE, () => table);
if (!process.argv.includes('--check')) await writeFile(FILE, after);
else if (before !== after) {
  console.error('docs/configuration.md is out of date: run node scripts/settings.ts');
  process.exitCode = 1;
}

function rowOf({ flags, envVar, defaultValue, defaultValueDescription, argChoices, description }: Option): string {
  const usual = defaultValueDescription ?? `\`${defaultValue}\``;
  const choices = argChoices ? ` (${argChoices.map((choice) => `\`${choice}\``).join(', ')})` : '';
  return `| \`${flags.replaceAll('|', '\\|')}\` | \`${envVar}\` | ${usual} | ${description.replaceAll('|', '\\|')}${choices} |`;
}
