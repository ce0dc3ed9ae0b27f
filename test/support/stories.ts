import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { numberSetting } from './settings.ts';

/** Where simulations begin: a failing one is told again by its own seed. */
export const FIRST_SEED = numberSetting('MSGBOARD_SEED', Math.floor(Math.random() * 9e8));

/** How many seeds a simulation goes through. */
export function seeds(usual: number): number {
  return numberSetting('MSGBOARD_SEEDS', usual);
}

/** How to have one story told again. */
export function replayOf(seed: number): string {
  return `MSGBOARD_SEED=${seed} MSGBOARD_SEEDS=1 tells it again`;
}

/**
 * What a thread tells of simulated stories, one after the other.
 *
 * @param script - beside this file; it posts a message for each story.
 * @param workerData - what it is given.
 */
export async function* stories<Story>(script: string, workerData: object): AsyncGenerator<Story> {
  const worker = new Worker(new URL(script, import.meta.url), { workerData });
  try {
    for await (const [story] of on(worker, 'message', { close: ['exit'] })) yield story as Story;
  } finally {
    await worker.terminate();
  }
}
