import { type Command, Option } from 'commander';
import { BoardError } from '../../model/errors.ts';
import type { Message, MessageDraft } from '../../model/message.ts';
import { Misuse, tell } from '../failure.ts';
import { type Line, readLines, readText } from '../input.ts';
import { messageLine } from '../message-line.ts';
import { each, jsonObject, messageId } from '../option-values.ts';
import { Output, type OutputOptions, ReaderGone, withOutputOptions } from '../output.ts';
import { atBoard, type Place, type PlaceOptions, withPlaceOptions } from '../place.ts';

/** At most this many lines are posted at once: fewer than somebody may post in a minute, unless that was changed. */
const AT_ONCE = 100;

interface PostOptions extends PlaceOptions, OutputOptions {
  readonly topic?: readonly string[];
  readonly replyTo?: number;
  readonly to?: readonly string[];
  readonly data?: Record<string, unknown>;
  readonly key?: string;
  readonly lines?: boolean;
}

const EXAMPLES = `
Examples:
  msgboard post --user kitten "I love kittens!" --topic pets
  msgboard post --user kitten --to puppy --url http://localhost:5000 "Shall we meet?"
  tail -F app.log | msgboard post --user logger --lines --topic log
`;

/** `post [text]`: what somebody says, from the arguments or from standard input. */
export function addPostCommand(program: Command): void {
  const command = program
    .command('post')
    .description('post a message, and print it')
    .argument('[text]', 'what it says; left out: all of standard input')
    .option('--topic <topic>', 'a topic that it is about; may be repeated', each)
    .option('--reply-to <id>', 'the message that it answers', messageId)
    .option('--to <name>', 'whom it is for, and then it is private; may be repeated', each)
    .option('--data <json>', 'fields of an application of yours, as an object', jsonObject)
    .addOption(
      new Option(
        '--key <key>',
        'an Idempotency-Key: however often this is run with it, there is one message, or with --lines one for each line',
      ),
    )
    .option('--lines', 'post every line of standard input that is not empty, as soon as it comes')
    .addHelpText('after', EXAMPLES);
  withOutputOptions(withPlaceOptions(command)).action(post);
}

async function post(text: string | undefined, options: PostOptions): Promise<void> {
  if (options.user === undefined) throw new Misuse('say who posts it, with --user.');
  if (options.lines && text !== undefined) throw new Misuse('--lines reads standard input: leave out the text.');
  const out = new Output(options);
  if (text === undefined && process.stdin.isTTY) tell('type it here; Ctrl-D in a new line ends it.');

  await atBoard(options, async (place) => {
    if (options.lines) return postLines(place, options, out);
    const draft = draftOf(text ?? (await readText()), options);
    const message = await place.client.messages.post(draft, { idempotencyKey: options.key });
    await show(message, out);
  });
}

async function postLines({ client }: Place, options: PostOptions, out: Output): Promise<void> {
  // Lines that share a key must be the same ones each time.
  for await (const lines of readLines(AT_ONCE, options.key !== undefined)) {
    const drafts = lines.map(({ text }) => draftOf(text, options));
    const idempotencyKey = options.key && `${options.key}-${lines[0]?.number}`;
    const messages = await client.messages.postMany(drafts, { idempotencyKey }).catch((error: unknown) => {
      throw refusalOf(error, lines);
    });
    for (const message of messages) await show(message, out);
  }
}

/** Nobody need read of it: the lines that follow are posted all the same. */
async function show(message: Message, out: Output): Promise<void> {
  try {
    await out.print(message, () => messageLine(message, out));
  } catch (error) {
    if (!(error instanceof ReaderGone)) throw error;
  }
}

function draftOf(text: string, { topic, replyTo, to, data }: PostOptions): MessageDraft {
  return {
    text,
    ...(topic && { topics: [...topic] }),
    ...(replyTo !== undefined && { replyTo }),
    ...(to && { to: [...to] }),
    ...(data && { data }),
  };
}

/** Which line was refused, and from which on nothing is posted. */
function refusalOf(error: unknown, lines: readonly Line[]): unknown {
  if (!(error instanceof BoardError)) return error;
  const reasons = error.faults.map(({ path, message }) => {
    const [index = '', ...field] = path.split('.');
    return `line ${lines[Number(index)]?.number} (${field.join('.')}) ${message}`;
  });
  const first = `line ${lines[0]?.number}`;
  const soFar =
    error.code === 'unavailable'
      ? `What became of ${first} and what follows is not known.`
      : `From ${first} on nothing is posted.`;
  return new BoardError(error.code, `${reasons.join('; ') || error.message}. ${soFar}`.replace('..', '.'), {
    cause: error,
  });
}
