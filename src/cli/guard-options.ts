import { type Command, InvalidArgumentError, Option } from 'commander';
import { originsOf } from '../http/browsers/origins.ts';
import { limitSettings } from '../http/limits/table.ts';
import { BoardError } from '../model/errors.ts';
import type { ServerOptions } from '../serve.ts';

export interface GuardOptions {
  readonly origin: readonly string[];
  readonly cors: readonly string[];
  readonly trustProxy: readonly string[];
  readonly rateLimit: 'on' | 'off';
  readonly limit: readonly string[];
}

/** Who may use the board from where, and how much. */
export function withGuardOptions(command: Command): Command {
  return command
    .addOption(
      list('--origin <origin>', 'what else the board goes by, such as https://chat.example; may be repeated')
        .env('MSGBOARD_ORIGIN')
        .argParser(each((texts) => originsOf('origin', texts))),
    )
    .addOption(
      list('--cors <origin>', 'another origin whose pages may use it, with credentials; may be repeated')
        .env('MSGBOARD_CORS')
        .argParser(each((texts) => originsOf('cors', texts))),
    )
    .addOption(
      list(
        '--trust-proxy <address>',
        'a proxy whose X-Forwarded-For is believed, or a network: 10.0.0.0/8; may be repeated',
      )
        .env('MSGBOARD_TRUST_PROXY')
        .argParser(each((texts) => texts)),
    )
    .addOption(
      new Option('--rate-limit <on|off>', 'whether anything is limited')
        .env('MSGBOARD_RATE_LIMIT')
        .choices(['on', 'off'])
        .default('on'),
    )
    .addOption(
      list('--limit <name=amount>', 'another limit: messages=600/min, streams=50 or replays=off; may be repeated')
        .env('MSGBOARD_LIMIT')
        .argParser(
          each((texts) => {
            limitSettings(texts);
            return texts;
          }),
        ),
    );
}

/** What the server is to be told of them. */
export function guardsOf({ origin, cors, trustProxy, rateLimit, limit }: GuardOptions): ServerOptions {
  return { origins: origin, cors, trustProxy, limits: rateLimit === 'off' ? 'off' : limitSettings(limit) };
}

function list(flags: string, description: string): Option {
  return new Option(flags, description).default([], 'none');
}

/** Collects what an option is given, each time or in one go with commas or spaces between. */
function each(check: (texts: string[]) => readonly string[]) {
  return (text: string, previous: readonly string[]): readonly string[] => {
    try {
      return [...previous, ...check(text.split(/[\s,]+/).filter((part) => part !== ''))];
    } catch (error) {
      if (error instanceof BoardError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}
