import { open } from 'node:fs/promises';
import { replaceFile } from '../keeping/replace-file.ts';
import { Output } from './output.ts';

/** Takes text; resolves once it is on its way, so that whoever waits has no more than one in memory. */
export type Write = (text: string) => Promise<void>;

/**
 * Has `body` write to standard output, or to a file, which is there, for its owner alone, once all of it is.
 *
 * @param isForced - whether what the file held before is given up.
 */
export async function withOutput(
  file: string | undefined,
  isForced: boolean,
  body: (write: Write) => Promise<void>,
): Promise<void> {
  if (file === undefined) {
    const output = new Output({ json: true, color: false });
    return body((text) => output.write(text));
  }
  await replaceFile(file, isForced, async (partial) => {
    const handle = await open(partial, 'w');
    try {
      await body((text) => handle.writeFile(text));
    } finally {
      await handle.close();
    }
  });
}
