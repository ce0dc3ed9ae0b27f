/** A run of texts, in the order of their code points, which is that of their bytes. */
export interface TextRange {
  readonly from: string | null;
  /** `from` itself is left out. */
  readonly isAfter: boolean;
  /** Exclusive. */
  readonly to: string | null;
}

/**
 * The texts that begin with `prefix` and lie between two marks. A range, and no LIKE: nothing in it needs to be escaped,
 * and an index has it in one piece. Of two lower bounds the database would choose one and scan to the other, so the
 * higher is chosen here.
 */
export function textRange(prefix: string | null, after: string | null, before: string | null): TextRange {
  const isAfter = after !== null && (prefix === null || compareText(after, prefix) >= 0);
  const end = prefix === null ? null : pastAll(prefix);
  const isBefore = before !== null && (end === null || compareText(before, end) < 0);
  return { from: isAfter ? after : prefix, isAfter, to: isBefore ? before : end };
}

export function isWithin({ from, isAfter, to }: TextRange, text: string): boolean {
  return (from === null || compareText(text, from) >= (isAfter ? 1 : 0)) && (to === null || compareText(text, to) < 0);
}

/** The least text above all that begin with `prefix`; `null`: nothing is. */
function pastAll(prefix: string): string | null {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    // Surrogates are no characters; the one after the last of all is none either.
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    if (next <= 0x10ffff) return String.fromCodePoint(...points, next);
  }
  return null;
}

/** By code points, as databases compare them; not by UTF-16, as JavaScript does. */
export function compareText(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
