/** The longest line, and the longest message (bytes), that is read: more than the longest text takes. */
const LONGEST = 64 * 1024;

/** A line of standard input, and which one it is, counted from 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** All of standard input, without the line break at its end. */
export async function readText(): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  for await (const chunk of process.stdin) {
    text += decoded(decoder, chunk, 1);
    if (text.length > LONGEST) throw new Error('standard input is longer than a message may be.');
  }
  return (text + decoded(decoder, undefined, 1)).replace(/\r?\n$/, '');
}

/**
 * The lines of standard input that are not empty, some at a time: at most `most`, and fewer where those have come and
 * the next ones are not there yet.
 *
 * @param isFull - whether to wait for `most`, all the same.
 */
export async function* readLines(most: number, isFull: boolean): AsyncGenerator<readonly Line[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 0;
  let rest = '';
  let waiting: Line[] = [];
  for await (const chunk of process.stdin) {
    const parts = (rest + decoded(decoder, chunk, number + 1)).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > LONGEST) throw new Error(`line ${number + 1} of standard input is longer than a message may be.`);
    for (const part of parts) {
      number += 1;
      const text = part.replace(/\r$/, '');
      if (text !== '') waiting.push({ number, text });
    }
    while (waiting.length >= most || (waiting.length > 0 && !isFull)) {
      yield waiting.slice(0, most);
      waiting = waiting.slice(most);
    }
  }
  const last = (rest + decoded(decoder, undefined, number + 1)).replace(/\r$/, '');
  if (last !== '') waiting.push({ number: number + 1, text: last });
  if (waiting.length > 0) yield waiting;
}

function decoded(decoder: TextDecoder, chunk: Uint8Array | undefined, line: number): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch (cause) {
    throw new Error(`standard input is not UTF-8, at line ${line} or soon behind.`, { cause });
  }
}
