/** Sizes of SQLite's write-ahead log: https://sqlite.org/fileformat2.html#walformat. */
export const LOG_HEADER = 32;
export const FRAME_HEADER = 24;
export const FRAME = FRAME_HEADER + 4096;

/** Where the frames of a log begin, up to what an earlier round has left behind. */
export function framesOf(log: Buffer): number[] {
  const salt = log.subarray(16, 24);
  const starts: number[] = [];
  for (let at = LOG_HEADER; at + FRAME <= log.length; at += FRAME) {
    if (!log.subarray(at + 8, at + 16).equals(salt)) break;
    starts.push(at);
  }
  return starts;
}
