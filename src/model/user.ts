import type { Static } from 'typebox';
import { dataOrNull } from './json.ts';

const id = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;
const bio = {
  type: 'string',
  format: 'text',
  maxLength: 1000,
  description: 'About this person, up to 1,000 characters.',
} as const;
const bioOrNull = { ...bio, type: ['string', 'null'] } as const;
const created = { type: 'string', format: 'date-time', description: 'ISO 8601, UTC, with milliseconds.' } as const;

/** A person as everyone sees them. */
export const User = {
  title: 'User',
  type: 'object',
  additionalProperties: false,
  required: ['id', 'username', 'bio', 'created', 'data', 'moderator'],
  properties: {
    id,
    username: { type: 'string' },
    bio: bioOrNull,
    created,
    data: dataOrNull,
    moderator: { type: 'boolean' },
    banned: {
      type: 'boolean',
      description: 'Only where moderators, or the operator, look somebody up or change them: whether they are banned.',
    },
  },
} as const;
export type User = Static<typeof User>;

/** A person as a message embeds them. */
export const Author = {
  title: 'Author',
  type: 'object',
  additionalProperties: false,
  required: ['id', 'username', 'bio', 'created'],
  properties: { id, username: { type: 'string' }, bio: bioOrNull, created },
} as const;
export type Author = Static<typeof Author>;

const password = { type: 'string', format: 'text', minLength: 4, maxLength: 1024 } as const;

/** What it takes to sign up. */
export const UserDraft = {
  title: 'UserDraft',
  type: 'object',
  additionalProperties: false,
  required: ['username'],
  properties: {
    username: {
      type: 'string',
      description: 'Letters, digits and _ . - in one script, 1 to 30 of them; Kitten and kitten are one user.',
    },
    password: { ...password, description: 'Only the operator may leave it out.' },
    bio: bioOrNull,
    data: dataOrNull,
  },
} as const;
export type UserDraft = Static<typeof UserDraft>;

/** Somebody whom the host of a board knows and vouches for. */
export const Guest = {
  title: 'Guest',
  type: 'object',
  additionalProperties: false,
  required: ['username'],
  properties: { username: UserDraft.properties.username, bio: bioOrNull, data: dataOrNull },
} as const;
export type Guest = Static<typeof Guest>;

const editFields = {
  bio: { ...bio, type: ['string', 'null'], description: 'Up to 1,000 characters; `null` clears it.' },
  data: {
    ...dataOrNull,
    description: "The application's own fields, up to 4 KiB, replaced whole; `null` clears it.",
  },
} as const;

/** What people may change of their own account. */
export const UserEdit = {
  title: 'UserEdit',
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    ...editFields,
    password: { ...password, description: 'A new one ends all other sessions, and streams opened with the old one.' },
    currentPassword: { type: 'string', maxLength: 1024, description: 'Goes with a new password.' },
  },
} as const;
export type UserEdit = Static<typeof UserEdit>;

/** What may be changed of the account of others: `banned` by moderators, all of it by the operator. */
export const UserAdministration = {
  title: 'UserAdministration',
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    banned: { type: 'boolean', description: 'Ends credentials, sessions and open streams; messages stay.' },
    moderator: { type: 'boolean' },
    ...editFields,
    password,
  },
} as const;
export type UserAdministration = Static<typeof UserAdministration>;
