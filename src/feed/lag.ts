import type { MessageState } from '../model/change.ts';

/** How many seconds ago (`now` in ms since 1970) what is told was written; `null`: of a deletion, nobody keeps the time. */
export function lagOf({ message }: MessageState, now: number): number | null {
  if (!('text' in message)) return null;
  return Math.max(0, now - Date.parse(message.edited ?? message.created)) / 1000;
}
