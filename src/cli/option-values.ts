import { InvalidArgumentError } from 'commander';

/** What an option is given, each time. */
export function each(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

/** A number within bounds. */
export function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    const bounds = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
    throw new InvalidArgumentError(`This is a number, ${bounds}.`);
  };
}

/** The id of a message. */
export const messageId = numberFrom(1, Number.MAX_SAFE_INTEGER);

/** The application's own fields. */
export function jsonObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`This is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (isObject(value)) return value;
  throw new InvalidArgumentError('This is an object, such as \'{"mood": "sleepy"}\'.');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
