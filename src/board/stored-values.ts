const lastTime = { ms: Number.NaN, text: '' };

/** The messages of a batch are all of one time, so the last one that was put in words is mostly wanted again. */
export function timeOf(ms: number): string {
  if (ms !== lastTime.ms) Object.assign(lastTime, { ms, text: new Date(ms).toISOString() });
  return lastTime.text;
}

/** The application's own fields. */
export function dataOf(text: string | null): { [field: string]: unknown } | null {
  return text === null ? null : JSON.parse(text);
}
