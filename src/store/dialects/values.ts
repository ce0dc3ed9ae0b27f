import { TEXT_COLUMNS } from '../schema.ts';
import type { Language } from './languages/language.ts';

/** What a driver is given for the values of a statement. */
export function storedValues(values: readonly unknown[], { stored }: Language): unknown[] {
  return values.map((value) => (typeof value === 'string' ? stored(value) : value));
}

/** A row as we know it, whichever way its driver brings names, 64-bit numbers, and text that is stored as bytes. */
export function plainRow(row: object, language: Language): object {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name.toLowerCase(), plainValue(name.toLowerCase(), value, language)]),
  );
}

function plainValue(name: string, value: unknown, { textOf }: Language): unknown {
  if (value instanceof Uint8Array) return textOf(value);
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' && !TEXT_COLUMNS.has(name) && /^-?\d+$/.test(value) ? Number(value) : value;
}
