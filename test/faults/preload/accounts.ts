/** A program that says at SIGUSR2, in a line of JSON, what it holds once garbage is collected. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

process.on('SIGUSR2', () => {
  // What waits for the end of a turn is let go of first.
  setTimeout(() => {
    if (typeof collect === 'function') for (let n = 0; n < 4; n++) collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    const resources = process.getActiveResourcesInfo();
    process.stderr.write(`${JSON.stringify({ held: { heap: heapUsed + external, rss, resources } })}\n`);
  }, 200).unref();
});
