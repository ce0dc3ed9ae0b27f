import { BoardError } from '../model/errors.ts';

/** A board sends something every 15 s; one from which nothing comes for so long (ms) is out of reach. */
const SILENCE = 45_000;

/**
 * The lines of a body. What follows the last line break is of a line that was cut off, and left out.
 *
 * @throws BoardError `unavailable` if the connection breaks, or nothing comes for 45 s.
 */
export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await readSoon(reader);
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    // A body that has failed cannot be cancelled, nor need it be.
    await reader.cancel().catch(() => {});
  }
}

async function readSoon(reader: ReadableStreamDefaultReader<Uint8Array>) {
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), SILENCE);
  try {
    return await reader.read();
  } catch (cause) {
    throw new BoardError('unavailable', 'The connection to the board broke.', { cause });
  } finally {
    clearTimeout(timer);
  }
}
