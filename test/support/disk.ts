import type { DiskCall } from './disk-log.ts';
import type { Random } from './random.ts';

/** A disk writes so much as a whole, or not. */
const SECTOR = 512;

/** Linux keeps files in pages, and syncs those that are dirty. */
const PAGE = 4096;

/** What a call changes; a sync changes nothing. */
type Change = Extract<DiskCall, { kind: 'write' | 'cut' }>;

/** A file as programs see it, and as the disk below holds it. */
export class DiskFile {
  readonly #cache = new Contents();
  readonly #disk = new Contents();
  #dirty: Change[] = [];

  take(call: DiskCall): void {
    if (call.kind === 'write' || call.kind === 'cut') {
      this.#cache.apply(call);
      this.#dirty.push(call);
      return;
    }
    if (call.kind === 'sync') this.#disk.takeOver(this.#cache, this.#dirty);
    this.#dirty = [];
  }

  /** As programs see it, and as it stays when a program is killed. */
  whole(): Buffer {
    return this.#cache.after([]);
  }

  /** As it may be found after a power cut: of what was not synced some is there, some is not, and some is there by halves. */
  afterPowerCut(random: Random): Buffer {
    return this.#disk.after(this.#dirty.flatMap((change) => remains(change, random)));
  }
}

function remains(change: Change, random: Random): Change[] {
  const fate = random.below(3);
  if (fate === 0) return [];
  if (fate === 1 || change.kind === 'cut') return [change];

  const pieces: Change[] = [];
  for (let from = 0; from < change.bytes.length; from += SECTOR) {
    const bytes = change.bytes.subarray(from, from + SECTOR);
    if (random.chance(0.5)) pieces.push({ ...change, at: change.at + from, bytes });
  }
  return pieces;
}

class Contents {
  #room: Buffer;
  #size: number;

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#room = bytes;
    this.#size = bytes.length;
  }

  apply(change: Change): void {
    if (change.kind === 'cut') {
      this.#resize(change.size);
      return;
    }
    this.#resize(Math.max(this.#size, change.at + change.bytes.length));
    change.bytes.copy(this.#room, change.at);
  }

  /** Becomes as `cache` is, in the pages that these changes have touched. */
  takeOver(cache: Contents, changes: readonly Change[]): void {
    for (const change of changes) if (change.kind === 'cut') this.apply(change);
    this.#resize(cache.#size);
    for (const change of changes) {
      if (change.kind === 'cut') continue;
      const end = Math.min(cache.#size, Math.ceil((change.at + change.bytes.length) / PAGE) * PAGE);
      const start = change.at - (change.at % PAGE);
      if (start < end) cache.#room.copy(this.#room, start, start, end);
    }
  }

  /** A copy, changed. */
  after(changes: readonly Change[]): Buffer {
    const copy = new Contents(Buffer.from(this.#room.subarray(0, this.#size)));
    for (const change of changes) copy.apply(change);
    return copy.#room.subarray(0, copy.#size);
  }

  /** What was cut off is zeros when the file grows again. */
  #resize(size: number): void {
    if (size > this.#room.length) this.#room = Buffer.concat([this.#room], size * 2);
    if (size < this.#size) this.#room.fill(0, size);
    this.#size = size;
  }
}
