import { type Command, Option } from 'commander';
import type { Client, ListQuery } from '../../model/client.ts';
import type { Message } from '../../model/message.ts';
import { type FilterOptions, filterOf, withFilterOptions } from '../filter-options.ts';
import { localTime } from '../message-line.ts';
import { numberFrom } from '../option-values.ts';
import { Output, type OutputOptions, withOutputOptions } from '../output.ts';
import { atBoard, type PlaceOptions, withPlaceOptions } from '../place.ts';
import type { Column } from '../table.ts';

type Order = 'asc' | 'desc' | 'active';

interface ListOptions extends PlaceOptions, OutputOptions, FilterOptions {
  readonly order: Order;
  readonly limit?: number;
  readonly offset?: number;
  readonly before?: number;
  readonly after?: number;
  readonly all?: boolean;
}

/** Messages on a page, where all are wanted. */
const PAGE = 100;

const EXAMPLES = `
Examples:
  msgboard list --order desc --limit 5
  msgboard list --order active --topic pets
  msgboard list --all --author kitten --url http://localhost:5000 > kitten.ndjson
`;

/** `list`: a page of messages, or all of them. */
export function addListCommand(program: Command): void {
  const mark = numberFrom(0, Number.MAX_SAFE_INTEGER);
  const command = program
    .command('list')
    .description('list messages: a page of them, or all')
    .addOption(
      new Option(
        '--order <order>',
        'oldest or newest first; active: the first message of each conversation, those with the latest activity first',
      )
        .choices(['asc', 'desc', 'active'])
        .default('asc'),
    )
    .option('--limit <number>', 'how many, at most 100; 20 if left out', numberFrom(1, 100))
    .option('--offset <number>', 'how many to pass over, at most 10,000', numberFrom(0, 10_000))
    .option('--before <id>', 'only ids below this one; alone, the nearest to it', mark)
    .option('--after <id>', 'only ids above this one; alone, the nearest to it', mark)
    .addOption(new Option('--all', 'all that there are, page by page').conflicts(['limit', 'offset']))
    .addHelpText('after', EXAMPLES);
  withOutputOptions(withPlaceOptions(withFilterOptions(command))).action(list);
}

async function list(options: ListOptions): Promise<void> {
  const out = new Output(options);
  const { Table } = await import('../table.ts');
  const table = new Table(columnsOf(options.order), out);
  const { order, limit, offset, before, after } = options;
  const query: ListQuery = {
    ...filterOf(options),
    order,
    ...(limit !== undefined && { limit }),
    ...(offset !== undefined && { offset }),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  };

  await atBoard(options, async ({ client }) => {
    for await (const messages of options.all ? all(client, query) : page(client, query))
      await out.printAll(messages, (rows) => table.lines(rows));
  });
}

async function* page(client: Client, query: ListQuery): AsyncGenerator<readonly Message[]> {
  yield (await client.messages.list(query)).messages;
}

/** All between the marks, in the order asked for. Pages link to their neighbours past the other mark, so this goes by itself. */
async function* all(client: Client, query: ListQuery): AsyncGenerator<readonly Message[]> {
  const { order = 'asc' } = query;
  let { after = 0, before = Number.MAX_SAFE_INTEGER } = query;
  for (;;) {
    const { messages } = await client.messages.list({ ...query, after, before, limit: PAGE });
    yield messages;
    const last = messages.at(-1);
    if (!last || messages.length < PAGE) return;
    if (order === 'asc') after = last.id;
    else before = order === 'active' ? (last.latest?.id ?? last.id) : last.id;
  }
}

function columnsOf(order: Order): Column<Message>[] {
  const posts: Column<Message>[] = [
    { title: 'POSTS', most: 8, text: ({ posts: count }) => `${count ?? ''}` },
    { title: 'LATEST', most: 19, text: ({ latest }) => (latest ? localTime(latest.created) : '') },
  ];
  return [
    { title: 'ID', most: 16, text: ({ id }) => `${id}` },
    { title: 'TIME', most: 19, text: ({ created }) => localTime(created) },
    { title: 'AUTHOR', most: 30, text: ({ user, to }) => [user.username, ...to].join(to.length > 0 ? ' → ' : '') },
    ...(order === 'active' ? posts : []),
    { title: 'TOPICS', most: 20, text: ({ topics }) => topics.join(', ') },
    { title: 'TEXT', most: 10_000, text: ({ text }) => text },
  ];
}
