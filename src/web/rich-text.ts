import { element } from './dom.ts';
import { hashOf, TAG } from './place.ts';

const LINK = /\bhttps?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]]/gu;
const PARTS = new RegExp(`${LINK.source}|${TAG.source}`, 'gu');

/** Text as it was written, with web addresses, hashtags and mentions as links. */
export function richText(text: string): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  let end = 0;
  for (const { 0: part, index } of text.matchAll(PARTS)) {
    nodes.push(text.slice(end, index), linkOf(part));
    end = index + part.length;
  }
  return [...nodes, text.slice(end)];
}

function linkOf(part: string): HTMLAnchorElement {
  if (part.startsWith('#')) return element('a', { href: hashOf({ kind: 'topic', topic: part.slice(1) }) }, part);
  if (part.startsWith('@')) return element('a', { href: hashOf({ kind: 'user', username: part.slice(1) }) }, part);
  return element('a', { href: part, rel: 'noopener noreferrer nofollow', target: '_blank' }, part);
}
