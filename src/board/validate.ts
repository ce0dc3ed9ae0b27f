import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { BoardError, badInput, type InputFault } from '../model/errors.ts';
import { type JsonObject, jsonFault, MAX_DATA_BYTES } from '../model/json.ts';
import { isText } from '../model/text.ts';

const ajv = new Ajv({
  allErrors: true,
  allowUnionTypes: true,
  // How a fault is put, {@link faultOf} says.
  messages: false,
  formats: { text: isText, 'date-time': true },
});

const compiled = new WeakMap<object, ValidateFunction>();

/**
 * Checks `input` against a schema of the model.
 *
 * @throws BoardError `bad-input`, naming every field at fault.
 */
export function validate(schema: object, input: unknown): void {
  let check = compiled.get(schema);
  if (!check) {
    check = ajv.compile(schema);
    compiled.set(schema, check);
  }
  if (check(input)) return;

  const faults = faultsOf(check.errors ?? []);
  throw new BoardError('bad-input', faults.map(({ path, message }) => `${path}: ${message}`).join('; '), { faults });
}

/**
 * The application's own fields as they are stored.
 *
 * @throws BoardError `bad-input` on `data`, if it is not interoperable JSON or too large.
 */
export function dataText(data: JsonObject | undefined): string | null {
  if (data === undefined) return null;
  const fault = jsonFault(data);
  if (fault !== null) throw badInput('data', fault);

  const text = JSON.stringify(data);
  if (Buffer.byteLength(text) > MAX_DATA_BYTES) throw badInput('data', `is more than ${MAX_DATA_BYTES} bytes of JSON`);
  return text;
}

/** One fault a field, in words. */
function faultsOf(errors: readonly ErrorObject[]): InputFault[] {
  const byPath = new Map<string, InputFault>();
  for (const error of errors) {
    const fault = faultOf(error);
    if (!byPath.has(fault.path)) byPath.set(fault.path, fault);
  }
  return [...byPath.values()];
}

function faultOf({ instancePath, keyword, params }: ErrorObject): InputFault {
  const parent = instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
  const child = params['missingProperty'] ?? params['additionalProperty'];
  const path = child === undefined ? parent || 'body' : [parent, child].filter((part) => part !== '').join('.');
  return { path, message: WORDS[keyword]?.(params) ?? 'is not valid' };
}

type Params = Readonly<Record<string, unknown>>;

const WORDS: Readonly<Record<string, (params: Params) => string>> = {
  required: () => 'is missing',
  additionalProperties: () => 'is not known here',
  type: ({ type }) => `must be ${[type].flat().join(' or ')}`,
  anyOf: () => 'has the wrong form',
  enum: ({ allowedValues }) => `must be one of ${[allowedValues].flat().join(', ')}`,
  const: ({ allowedValue }) => `must be ${allowedValue}`,
  format: () => 'must be well-formed Unicode without NUL',
  minLength: ({ limit }) => `must have at least ${limit} characters`,
  maxLength: ({ limit }) => `must have at most ${limit} characters`,
  minItems: ({ limit }) => `must have at least ${limit}`,
  maxItems: ({ limit }) => `must have at most ${limit}`,
  minProperties: () => 'must name something to change',
  minimum: ({ limit }) => `must be ${limit} or more`,
  maximum: ({ limit }) => `must be ${limit} or less`,
};
