import type { Static } from 'typebox';
import { Filter } from './filter.ts';
import { User } from './user.ts';

const expires = { type: 'string', format: 'date-time', description: 'When it ends by itself.' } as const;

/** What a session is asked for with; of somebody who is known already, nothing is needed. */
export const SessionDraft = {
  title: 'SessionDraft',
  type: 'object',
  additionalProperties: false,
  properties: {
    username: { type: 'string', description: 'Who logs in; left out: whoever asks.' },
    password: { type: 'string', description: 'Only the operator may leave it out.' },
    stream: { type: 'boolean', description: 'Open a token that opens streams and nothing else, for a URL.' },
    filter: { ...Filter, description: 'All that a stream with this token reads.' },
  },
} as const;
export type SessionDraft = Static<typeof SessionDraft>;

/** A session as whoever opened it gets it, once. */
export const Session = {
  title: 'Session',
  type: 'object',
  additionalProperties: false,
  required: ['token', 'expires', 'user'],
  properties: {
    token: { type: 'string', description: 'To be sent as `Authorization: Bearer`; of a stream, as `?token=`.' },
    expires,
    user: User,
  },
} as const;
export type Session = Static<typeof Session>;

/** Who asks, and until when their session lasts. */
export const CurrentSession = {
  title: 'CurrentSession',
  type: 'object',
  additionalProperties: false,
  required: ['user', 'expires'],
  properties: {
    user: User,
    expires: { ...expires, type: ['string', 'null'], description: '`null`: these credentials are no session.' },
  },
} as const;
export type CurrentSession = Static<typeof CurrentSession>;
