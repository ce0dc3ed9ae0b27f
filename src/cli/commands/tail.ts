import { type Command, InvalidArgumentError, Option } from 'commander';
import type { StreamEvent } from '../../model/change.ts';
import type { Client, StreamQuery } from '../../model/client.ts';
import { formatCursor, parseCursor } from '../../model/cursor.ts';
import type { BoardError } from '../../model/errors.ts';
import { CursorFile } from '../cursor-file.ts';
import { eventLine } from '../event-line.ts';
import { tell } from '../failure.ts';
import { type FilterOptions, filterOf, withFilterOptions } from '../filter-options.ts';
import { numberFrom } from '../option-values.ts';
import { Output, type OutputOptions, withOutputOptions } from '../output.ts';
import { atBoard, type PlaceOptions, withPlaceOptions } from '../place.ts';

interface TailOptions extends PlaceOptions, OutputOptions, FilterOptions {
  readonly after?: string;
  readonly last?: number;
  readonly cursorFile?: string;
}

const EXAMPLES = `
It goes on until it is stopped, through restarts of the server and the network, and tells everything once.

Examples:
  msgboard tail --last 10
  msgboard tail --url http://localhost:5000 --topic pets | jq -r .message.text
  msgboard tail --user bot --cursor-file bot.cursor --after 0
`;

/** `tail`: what happens, as it happens. */
export function addTailCommand(program: Command): void {
  const command = program
    .command('tail')
    .description('follow what happens: messages, edits and deletions')
    .addOption(
      new Option('--after <cursor>', 'go on behind this cursor; 0: begin with the whole board')
        .argParser(cursorOf)
        .conflicts('last'),
    )
    .option('--last <number>', 'begin with so many of the latest messages, at most 100', numberFrom(1, 100))
    .option(
      '--cursor-file <file>',
      'keep there how far it has come, and go on from there the next time; --after and --last then say where the first time begins',
    )
    .addHelpText('after', EXAMPLES);
  withOutputOptions(withPlaceOptions(withFilterOptions(command))).action(tail);
}

async function tail(options: TailOptions): Promise<void> {
  const out = new Output(options);
  const file = options.cursorFile === undefined ? null : await CursorFile.open(options.cursorFile);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

  await atBoard(options, async ({ client }) => {
    // Whatever is wrong with the place or the filter is told here, and at once.
    const start = await startOf(client, options);
    const cursor = file?.found ?? options.after ?? start;
    file?.save(cursor);
    await file?.settle();
    try {
      for await (const event of follow(client, { ...filterOf(options), cursor }, stop.signal)) {
        if (event.type !== 'idle') await out.print(event, () => eventLine(event, out));
        file?.save(event.cursor);
      }
    } finally {
      await file?.settle();
    }
  });
}

/** The cursor of this moment, or, with `--last`, the one before the first of the latest messages. */
async function startOf(client: Client, { last, ...options }: TailOptions): Promise<string> {
  const page = await client.messages.list({ ...filterOf(options), order: 'desc', limit: last ?? 1 });
  const { place, epoch } = parseCursor(page.cursor);
  const first = page.messages.at(-1);
  if (last === undefined || !first || epoch === null) return page.cursor;
  return formatCursor({ id: first.id - 1, seq: place.seq }, epoch);
}

/** A stream that goes on whenever the board is back, far away or in a database. */
async function* follow(
  client: Client,
  query: StreamQuery & { cursor: string },
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const { isTemporary, pause, pauseAfter } = await import('../../remote/retry.ts');
  let { cursor } = query;
  let failures = 0;
  let isAway = false;
  const onFault = ({ message }: BoardError) => {
    if (!isAway) tell(`${message} It goes on when that is over.`);
    isAway = true;
  };
  while (!signal.aborted) {
    try {
      for await (const event of client.stream({ ...query, cursor }, { signal, idle: true, onFault })) {
        cursor = event.cursor;
        failures = 0;
        isAway = false;
        yield event;
      }
    } catch (error) {
      if (!isTemporary(error)) throw error;
      onFault(error);
      await pause(pauseAfter(failures++, error), signal);
    }
  }
}

function cursorOf(text: string): string {
  try {
    parseCursor(text);
  } catch {
    throw new InvalidArgumentError('This is no cursor: give one that the board gave, or 0.');
  }
  return text;
}
