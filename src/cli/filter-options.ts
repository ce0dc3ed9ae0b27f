import { type Command, Option } from 'commander';
import type { Filter } from '../model/filter.ts';
import { each, messageId } from './option-values.ts';

/** Which messages: what lists and streams take alike. */
export interface FilterOptions {
  readonly topic?: readonly string[];
  readonly author?: readonly string[];
  readonly thread?: number;
  readonly replyTo?: number | 'none';
  readonly with?: readonly string[];
  readonly visibility?: 'public' | 'private' | 'all';
}

/** Adds an option for each field of a filter. */
export function withFilterOptions(command: Command): Command {
  const options = {
    topic: new Option('--topic <topic>', 'only this topic; repeated: one of them').argParser(each),
    user: new Option('--author <name>', 'only by this person; repeated: by one of them').argParser(each),
    thread: new Option('--thread <id>', 'only the conversation that this message began').argParser(messageId),
    replyTo: new Option('--reply-to <id>', 'only answers to this message; none: only what answers nothing').argParser(
      (text) => (text === 'none' ? text : messageId(text)),
    ),
    with: new Option(
      '--with <name>',
      'only what is private between you and this person; repeated: among you and exactly these people',
    ).argParser(each),
    visibility: new Option('--visibility <which>', 'only what is public, or only what is private to you').choices([
      'public',
      'private',
      'all',
    ]),
  } satisfies Record<keyof Filter, Option>;
  for (const option of Object.values(options)) command.addOption(option.helpGroup('Which messages:'));
  return command;
}

/** The filter that they say. */
export function filterOf({ topic, author, thread, replyTo, with: people, visibility }: FilterOptions): Filter {
  return {
    ...(topic && { topic: [...topic] }),
    ...(author && { user: [...author] }),
    ...(thread !== undefined && { thread }),
    ...(replyTo !== undefined && { replyTo }),
    ...(people && { with: [...people] }),
    ...(visibility && { visibility }),
  };
}
