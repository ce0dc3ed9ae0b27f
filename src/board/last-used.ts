import { LRUCache } from 'lru-cache';

/**
 * A cache of the `most` that were used last. Room is made as they come (`max` would make it at once): for the 50,000 of
 * each of the board's caches that took 20 ms of every start.
 */
export function lastUsed<Key extends {}, Kept extends {}>(most: number): LRUCache<Key, Kept> {
  return new LRUCache({ maxSize: most, sizeCalculation: () => 1 });
}
