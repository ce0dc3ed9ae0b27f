import type { Filter } from '../model/filter.ts';
import type { Message, MessageDraft } from '../model/message.ts';
import { usernamePrefixKey } from '../model/username.ts';
import { waysIn } from './ways.ts';

/** What the page shows, as its address says it. */
export type Place =
  | { readonly kind: 'all' }
  | { readonly kind: 'topic'; readonly topic: string }
  | { readonly kind: 'thread'; readonly id: number }
  | { readonly kind: 'with'; readonly people: readonly string[] }
  | { readonly kind: 'user'; readonly username: string };

/** The part of a link behind `#`. */
export function hashOf(place: Place): string {
  switch (place.kind) {
    case 'all':
      return '#/';
    case 'topic':
      return `#/topic/${encodeURIComponent(place.topic)}`;
    case 'thread':
      return `#/thread/${place.id}`;
    case 'with':
      return `#/with/${place.people.map(encodeURIComponent).join('/')}`;
    case 'user':
      return `#/user/${encodeURIComponent(place.username)}`;
  }
}

/**
 * One for all addresses of a place: names in any case, and those of a conversation in any order, with oneself or without.
 *
 * @param reader - the username of whoever is logged in.
 */
export function keyOf(place: Place, reader: string | null): string {
  if (place.kind === 'user') return hashOf({ ...place, username: usernamePrefixKey(place.username) });
  if (place.kind !== 'with') return hashOf(place);
  const me = usernamePrefixKey(reader ?? '');
  const people = [...new Set(place.people.map(usernamePrefixKey))].sort();
  const others = people.filter((name) => name !== me);
  return hashOf({ kind: 'with', people: others.length > 0 ? others : people });
}

/** The place that an address leads to; what leads nowhere leads to everything. */
export function placeOf(hash: string): Place {
  const [kind, ...parts] = hash.replace(/^#\//, '').split('/').filter(Boolean).map(decode);
  const [first] = parts;
  if (first === undefined) return { kind: 'all' };
  if (kind === 'topic') return { kind, topic: first };
  if (kind === 'thread' && /^\d{1,15}$/.test(first)) return { kind, id: Number(first) };
  if (kind === 'with') return { kind, people: parts };
  if (kind === 'user') return { kind, username: first };
  return { kind: 'all' };
}

/** Its messages. */
export function filterOf(place: Place): Filter {
  switch (place.kind) {
    case 'all':
      return {};
    case 'topic':
      return { topic: [place.topic] };
    case 'thread':
      return { thread: place.id };
    case 'with':
      return { with: [...place.people] };
    case 'user':
      return { user: [place.username] };
  }
}

/** A message written there: hashtags and mentions in its text are its topics, beside the topic that it is written in. */
export function draftOf(place: Place, text: string, answered: Message | null): MessageDraft {
  const tags = waysIn(text).flatMap(({ topic }) => topic ?? []);
  const own = place.kind === 'topic' && answered === null ? [place.topic] : [];
  const topics = [...new Set([...own, ...tags])].slice(0, 10);
  return {
    text,
    ...(topics.length > 0 && { topics }),
    ...(answered !== null && { replyTo: answered.id }),
    ...(place.kind === 'with' && answered === null && { to: [...place.people] }),
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
