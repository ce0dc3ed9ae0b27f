/** A JSON object of the application's own fields. */
export type JsonObject = { readonly [field: string]: unknown };

const data = {
  type: 'object',
  additionalProperties: {},
  description: "The application's own fields, up to 4 KiB; replaced whole.",
} as const;
/** The schema of what messages and users may have of it. */
export const dataOrNull = { anyOf: [data, { type: 'null' }] } as const;

/** At most this many objects and arrays inside one another. */
const MAX_DEPTH = 16;

/** At most this many bytes of UTF-8, serialised. */
export const MAX_DATA_BYTES = 4096;

/**
 * Says what keeps `value` from being interoperable JSON (RFC 7493): too deep, a number that JSON cannot carry, text that
 * is not well-formed, or a key that would reach into prototypes. `null`: nothing.
 */
export function jsonFault(value: unknown, depth = 1): string | null {
  switch (typeof value) {
    case 'boolean':
      return null;
    case 'number':
      return Number.isFinite(value) ? null : 'has a number that is too large';
    case 'string':
      return textFault(value);
    case 'object':
      return value === null ? null : containerFault(value, depth);
    default:
      return `has a ${typeof value}, which is not JSON`;
  }
}

function containerFault(container: object, depth: number): string | null {
  if (depth > MAX_DEPTH) return `is more than ${MAX_DEPTH} deep`;

  for (const [key, value] of Object.entries(container)) {
    if (key === '__proto__') return 'has the key __proto__, which is not allowed';
    const fault = textFault(key) ?? jsonFault(value, depth + 1);
    if (fault !== null) return fault;
  }
  return null;
}

function textFault(text: string): string | null {
  // Inside JSON a NUL travels as an escape, so here it is text like any other.
  return text.isWellFormed() ? null : 'has text that is not well-formed Unicode';
}
