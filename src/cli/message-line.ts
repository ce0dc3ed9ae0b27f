import type { Message } from '../model/message.ts';
import type { Output } from './output.ts';
import { printable } from './printable.ts';

/** A message in one line, for people. */
export function messageLine(message: Message, out: Output): string {
  const { id, user, created, edited, text, topics, replyTo, to } = message;
  const marks = [
    `#${id}`,
    ...(replyTo === null ? [] : [`answers #${replyTo}`]),
    ...(edited === null ? [] : [`edited ${localTime(edited)}`]),
    ...topics.map((topic) => `[${printable(topic)}]`),
  ];
  const people = to.length === 0 ? '' : ` → ${to.map(printable).join(', ')}`;
  const author = out.style('bold', printable(user.username));
  return `${out.style('dim', localTime(created))} ${author}${people}: ${printable(text)}  ${out.style('dim', marks.join(' '))}`;
}

/** A time as clocks on the wall show it here: `2026-11-23 22:37:02`. */
export function localTime(time: string): string {
  return new Date(time).toLocaleString('sv');
}
