import type { Page } from '../model/client.ts';
import { oncePer } from '../model/once-per.ts';
import { linkHeader } from './links.ts';
import { messagesJson } from './message-answer.ts';
import { JSON_TYPE } from './standing-headers.ts';

/** A page of messages as it is answered, made once however often it is asked for. */
export const pageAnswer = oncePer((page: Page) => {
  const link = linkHeader(page);
  return {
    headers: { ...(link !== null && { link }), 'last-event-id': page.cursor, 'content-type': JSON_TYPE },
    // As bytes, so that they are not made of the text anew for each who asks.
    body: Buffer.from(messagesJson(page.messages)),
  };
});
