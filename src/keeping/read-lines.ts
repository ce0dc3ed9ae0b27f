import { StringDecoder } from 'node:string_decoder';
import { BoardError } from '../model/errors.ts';

/** A value to be imported, and where it stands, for whoever has to correct it. */
export interface Line {
  readonly where: string;
  readonly value: unknown;
}

/** The longest line (characters): a message of 10,000 characters as escapes, with all that goes with it, is shorter. */
const LONGEST = 1024 * 1024;

/**
 * Reads objects of JSON, one a line, some at a time.
 *
 * @throws BoardError `bad-input`, naming the line, if one is no JSON or too long.
 */
export async function* readLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Line[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let number = 0;
  const parsed = (text: string): Line => {
    number += 1;
    const where = `line ${number}`;
    try {
      return { where, value: JSON.parse(text) };
    } catch {
      throw new BoardError('bad-input', `${where} is no JSON.`);
    }
  };

  for await (const chunk of input) {
    const texts = (rest + decoder.write(chunk)).split('\n');
    rest = texts.pop() ?? '';
    if (rest.length > LONGEST)
      throw new BoardError('bad-input', `line ${number + texts.length + 1} is longer than ${LONGEST} characters.`);
    yield texts.map(parsed);
  }
  rest += decoder.end();
  if (rest.trim() !== '') yield [parsed(rest)];
}
