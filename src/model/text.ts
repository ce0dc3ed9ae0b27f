/**
 * Text from outside is well-formed Unicode without NUL: a lone surrogate cannot be written as UTF-8, and a NUL ends
 * strings in half of the databases.
 */
export function isText(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0');
}

/** The first `limit` code points of `text`. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return [...text.slice(0, limit * 2)].slice(0, limit).join('');
}
