const WRITERS = 64;

/** How often a second writers that each wait for their own get `write` done. */
export async function rateOf(seconds: number, write: () => Promise<unknown>): Promise<number> {
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
