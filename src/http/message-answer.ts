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

/**
 * The same of one that is asked for by many, made once. Not for what was just posted: nobody else asks for that object, and V8
 * takes a twentieth of a POST's time to keep something for it and to let go of it.
 */
export const sharedMessageAnswer = oncePer(messageAnswer);
