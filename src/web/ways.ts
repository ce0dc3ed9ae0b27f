/** A part of a text that leads somewhere. */
interface Way {
  readonly text: string;
  /** Where it begins. */
  readonly at: number;
  /** The topic that a hashtag or a mention is; `null`: this is a web address. */
  readonly topic: string | null;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]]/u;
const TAG = /(?<![\p{L}\p{N}_&/])(?:#[\p{L}\p{N}_-]{1,99}|@[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]{0,28}[\p{L}\p{N}_])?)/u;
const WAY = new RegExp(`(?<address>${ADDRESS.source})|${TAG.source}`, 'gu');

/** Web addresses, hashtags (`#attic`) and mentions (`@kitten`); what is within an address is none. */
export function waysIn(text: string): Way[] {
  return [...text.matchAll(WAY)].map(({ 0: part, index, groups }) => ({
    text: part,
    at: index,
    topic: groups?.['address'] === undefined ? part.replace(/^#/, '') : null,
  }));
}
