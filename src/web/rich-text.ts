import { element } from './dom.ts';
import { hashOf } from './place.ts';
import { waysIn } from './ways.ts';

/**
 * Text as it was written, with web addresses, mentions and hashtags as links.
 *
 * @param topics - of the message: a hashtag that is none of them, such as one that an edit brought, leads nowhere.
 */
export function richText(text: string, topics: readonly string[]): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  let end = 0;
  for (const { text: part, at, topic } of waysIn(text)) {
    nodes.push(text.slice(end, at), topic === null ? addressLink(part) : tagLink(part, topic, topics));
    end = at + part.length;
  }
  return [...nodes, text.slice(end)];
}

function addressLink(href: string): HTMLElement {
  return element('a', { href, rel: 'noopener noreferrer nofollow', target: '_blank' }, href);
}

function tagLink(tag: string, topic: string, topics: readonly string[]): Node | string {
  if (tag.startsWith('@')) return element('a', { href: hashOf({ kind: 'user', username: tag.slice(1) }) }, tag);
  return topics.includes(topic) ? element('a', { href: hashOf({ kind: 'topic', topic }) }, tag) : tag;
}
