import type { Change } from '../model/change.ts';
import type { ResetReason } from '../model/cursor.ts';
import { localTime, messageLine } from './message-line.ts';
import type { Output } from './output.ts';
import { printable } from './printable.ts';

const REASONS: Readonly<Record<ResetReason, string>> = {
  pruned: 'it no longer knows all that was deleted since',
  ahead: 'it has not come as far as that cursor',
  history: 'it has another history, as after a backup was restored',
};

/** What happened, in one line, for people. */
export function eventLine(event: Change, out: Output): string {
  switch (event.type) {
    case 'message':
      return messageLine(event.message, out);
    case 'edit': {
      const { edited, id, user, text } = event.message;
      const who = out.style('yellow', `${printable(user.username)} edited #${id}`);
      return `${out.style('dim', localTime(edited ?? event.message.created))} ${who}: ${printable(text)}`;
    }
    case 'delete': {
      const { id, user } = event.message;
      return out.style('red', `#${id} by ${printable(user.username)} was deleted`);
    }
    case 'reset':
      return out.style('red', `the board cannot say what you missed: ${REASONS[event.reason]}. It goes on from now.`);
  }
}
