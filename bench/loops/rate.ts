import { createInterface } from 'node:readline';

const WRITERS = 64;

/**
 * Prints, for each line of the input, how often a second writers that each wait for their own get `write` done in so many
 * seconds. Resolves at the end of the input.
 */
export async function sayRates(write: () => Promise<unknown>): Promise<void> {
  for await (const seconds of createInterface({ input: process.stdin })) {
    process.stdout.write(`${await rateOf(Number(seconds), write)}\n`);
  }
}

async function rateOf(seconds: number, write: () => Promise<unknown>): Promise<number> {
  let written = 0;
  const start = performance.now();
  const loop = async () => {
    while (performance.now() - start < seconds * 1000) {
      await write();
      written += 1;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, loop));
  return (written * 1000) / (performance.now() - start);
}
