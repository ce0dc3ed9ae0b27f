import fc from 'fast-check';
import { isText } from '../../src/model/text.ts';

/** JSON Schema, as far as the board's document goes. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What a schema allows, by what comes up most: short texts, among them `words`, and small numbers. */
export class SchemaArbitrary {
  readonly #resolve: (schema: Schema) => Schema;
  readonly #words: readonly string[];

  /** @param words - texts that mean something: names, topics. */
  constructor(resolve: (schema: Schema) => Schema, words: readonly string[]) {
    this.#resolve = resolve;
    this.#words = words;
  }

  of(given: Schema): fc.Arbitrary<unknown> {
    const schema = this.#resolve(given);
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    if (schema.anyOf) return fc.oneof(...schema.anyOf.map((each) => this.of(each)));
    return fc.oneof(...[schema.type ?? 'any'].flat().map((type) => this.#ofType(type, schema)));
  }

  #ofType(type: string, schema: Schema): fc.Arbitrary<unknown> {
    const { minItems = 0, maxItems = 3, minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = schema;
    switch (type) {
      case 'object':
        return this.#object(schema);
      case 'array':
        return fc.array(this.of(schema.items ?? {}), { minLength: minItems, maxLength: Math.min(maxItems, 5) });
      case 'string':
        return this.#text(schema);
      case 'integer':
        return fc.oneof(
          { weight: 6, arbitrary: fc.integer({ min: minimum, max: Math.min(maximum, minimum + 7) }) },
          { weight: 1, arbitrary: fc.maxSafeInteger().filter((n) => n >= minimum && n <= maximum) },
          { weight: 1, arbitrary: fc.constant(maximum) },
        );
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      case 'any':
        return fc.jsonValue({ maxDepth: 2 });
      default:
        throw new Error(`no such type is known: ${type}`);
    }
  }

  /** Mostly the least that is allowed, or one field more: all at once seldom go together. */
  #object({ properties = {}, required = [], additionalProperties }: Schema): fc.Arbitrary<unknown> {
    const names = Object.keys(properties);
    if (names.length === 0) return additionalProperties ? fc.dictionary(fc.string(), fc.jsonValue()) : fc.constant({});
    const optional = names.filter((name) => !required.includes(name));
    const chosen = fc.oneof(fc.subarray(optional, { maxLength: 1 }), fc.subarray(optional));
    const fields = fc.record(Object.fromEntries(names.map((name) => [name, this.of(properties[name] ?? {})])));
    return fc
      .tuple(fields, chosen)
      .map(([all, more]) =>
        Object.fromEntries(Object.entries(all).filter(([name]) => required.includes(name) || more.includes(name))),
      );
  }

  #text({ minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
    const fits = (text: string) => isText(text) && [...text].length >= minLength && [...text].length <= maxLength;
    return fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...this.#words.filter(fits)) },
      {
        weight: 2,
        arbitrary: fc.string({ unit: 'binary', minLength, maxLength: Math.min(maxLength, 40) }).filter(fits),
      },
      { weight: 1, arbitrary: fc.constantFrom('x', '🐈').map((one) => one.repeat(Math.min(maxLength, 1000))) },
    );
  }
}

/** What no field of ours wants, and what has broken others. */
const HOSTILE: readonly unknown[] = [
  ...[
    null,
    true,
    '',
    ' ',
    'a\0b',
    '\ud83d',
    '\r\nid: 1\r\n\r\n',
    '\u2028',
    '%',
    '../',
    "'--",
    '1e3',
    '٣',
    'x'.repeat(1100),
  ],
  ...[-1, 0, 1.5, 1e21, 2 ** 53, [], {}, [[['x']]], new Array(1001).fill('x'), '__proto__', 'constructor'],
  JSON.parse('{"__proto__": {"polluted": true}}'),
  { constructor: { prototype: { polluted: true } } },
];

/** `value`, in every second case with a part of it taken away, put in the place of another, or with more beside it. */
export function spoilt<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  const what = fc.record({
    at: fc.nat(),
    by: fc.oneof(fc.constantFrom(...HOSTILE), fc.jsonValue({ maxDepth: 2 })),
    how: fc.constantFrom('removed', 'replaced', 'joined'),
  });
  const changes = fc.oneof(fc.constant([]), fc.array(what, { minLength: 1, maxLength: 2 }));
  return fc.tuple(value, changes).map(([whole, all]) => {
    const copy = structuredClone(whole);
    for (const { at, by, how } of all) {
      const places = placesIn(copy);
      const place = places[at % places.length];
      if (!place) continue;
      const [parent, key] = place;
      if (how === 'removed') remove(parent, key);
      else if (how === 'joined' && Array.isArray(parent)) parent.push(structuredClone(by));
      else define(parent, how === 'replaced' ? key : nameOf(by), structuredClone(by));
    }
    return copy;
  });
}

function placesIn(value: unknown): [parent: object, key: string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [[value, key], ...placesIn(child)] as [object, string][]);
}

function remove(parent: object, key: string): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(parent, key);
}

function nameOf(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 40);
}

/** Assigning to `__proto__` would set the prototype. */
function define(parent: object, key: string, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}
