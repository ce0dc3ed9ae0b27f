import { crc32 } from 'node:zlib';
import type { Message } from '../model/message.ts';

/**
 * A strong validator (RFC 9110, 8.8.3) of a message as it is answered: its `seq`, which is what `If-Match` compares, and a
 * digest of all that can change without one. CRC-32 tells any two answers apart that differ within four bytes, as counts do,
 * and of others all but one in four billion; SHA-256 took 3% of a POST's time.
 */
export function etagOf({ seq }: Message, json: string): string {
  return `"${seq}-${crc32(json)}"`;
}

/** The seqs that an `If-Match` header accepts, from `"<seq>"` or a whole ETag; weak ones match nothing. */
export function ifMatchOf(header: string | undefined): readonly number[] | '*' | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return '*';
  return header.split(',').flatMap((tag) => {
    const seq = /^\s*"(\d{1,15})(?:-[\w-]*)?"\s*$/.exec(tag)?.[1];
    return seq === undefined ? [] : [Number(seq)];
  });
}

/** Whether an `If-None-Match` header names this ETag, weakly or not. */
export function isNoneMatch(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
