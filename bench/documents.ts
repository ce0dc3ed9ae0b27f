import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What stands between these two in the page is written by a run. */
const BEGIN = '<!-- figures: by npm run bench -->';
const END = '<!-- /figures -->';

/** Puts a run's figures into this page, and its pictures beside it. */
export function document(page: string, figures: string, pictures: ReadonlyMap<string, string>): void {
  const text = readFileSync(page, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${page} has no place for figures: ${BEGIN} ${END}`);
  writeFileSync(page, `${text.slice(0, begin + BEGIN.length)}\n\n${figures}\n${text.slice(end)}`);
  for (const [name, picture] of pictures) writeFileSync(join(dirname(page), name), picture);
}
