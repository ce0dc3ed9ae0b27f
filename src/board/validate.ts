import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { BoardError, badInput, type InputFault, inWords } from '../model/errors.ts';
import { type JsonObject, jsonFault, MAX_DATA_BYTES } from '../model/json.ts';
import { cut, isText } from '../model/text.ts';

/** Items of a list whose faults are told; whoever sends a thousand bad ones has one mistake to find. */
const MOST_TOLD = 10;

/** How much of a field's name is told back. */
const MOST_PATH = 200;

const compileWhole = compiler({ allErrors: true });
const compileBrief = compiler({ allErrors: false });

/**
 * Checks `input` against a schema of the model.
 *
 * @throws BoardError `bad-input`, naming every field at fault.
 */
export function validate(schema: object, input: unknown): void {
  const check = compileWhole(schema);
  if (!check(input)) throw refusalOf(faultsOf(check.errors ?? []));
}

/**
 * Checks each of a list against a schema of the model, which is an object's. A list may be as large as a bulk's body, so
 * only the first fault of an item is looked for: a list of all could be larger still.
 *
 * @throws BoardError `bad-input`, with paths such as `2.text`.
 */
export function validateEach(schema: object, inputs: readonly unknown[]): void {
  const check = compileBrief(schema);
  const faults: InputFault[] = [];
  for (const [index, input] of inputs.entries()) {
    if (check(input)) continue;
    faults.push(...faultsOf(check.errors ?? [], `${index}`));
    if (faults.length >= MOST_TOLD) break;
  }
  if (faults.length > 0) throw refusalOf(faults);
}

function refusalOf(faults: readonly InputFault[]): BoardError {
  return new BoardError('bad-input', faults.map(inWords).join('; '), { faults });
}

/** Compiles each schema once, when it is first needed. */
function compiler({ allErrors }: { readonly allErrors: boolean }): (schema: object) => ValidateFunction {
  const ajv = new Ajv({
    allErrors,
    allowUnionTypes: true,
    // The schemas are the model's own. To check them by the schema of schemas took 50 ms of the first call.
    meta: false,
    validateSchema: false,
    // How a fault is put, {@link faultOf} says.
    messages: false,
    formats: { text: isText, 'date-time': true },
  });
  const compiled = new WeakMap<object, ValidateFunction>();
  return (schema) => {
    let check = compiled.get(schema);
    if (!check) {
      check = ajv.compile(schema);
      compiled.set(schema, check);
    }
    return check;
  };
}

/**
 * The application's own fields as they are stored.
 *
 * @throws BoardError `bad-input` on `data`, if it is not interoperable JSON or too large.
 */
export function dataText(data: JsonObject | null | undefined): string | null {
  if (data === undefined || data === null) return null;
  const fault = jsonFault(data);
  if (fault !== null) throw badInput('data', fault);

  const text = JSON.stringify(data);
  if (Buffer.byteLength(text) > MAX_DATA_BYTES) throw badInput('data', `is more than ${MAX_DATA_BYTES} bytes of JSON`);
  return text;
}

/** One fault a field, in words; `root` is where the input itself stands. */
function faultsOf(errors: readonly ErrorObject[], root = ''): InputFault[] {
  const byPath = new Map<string, InputFault>();
  for (const error of errors) {
    const fault = faultOf(error, root);
    if (!byPath.has(fault.path)) byPath.set(fault.path, fault);
  }
  return [...byPath.values()];
}

function faultOf({ instancePath, keyword, params }: ErrorObject, root: string): InputFault {
  const parent = instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
  const child = params['missingProperty'] ?? params['additionalProperty'];
  const path = [root, parent, child ?? ''].filter((part) => part !== '').join('.');
  return { path: cut(path, MOST_PATH) || 'body', message: WORDS[keyword]?.(params) ?? 'is not valid' };
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
  minLength: ({ limit }) => `must have at least ${limit} ${limit === 1 ? 'character' : 'characters'}`,
  maxLength: ({ limit }) => `must have at most ${limit} characters`,
  minItems: ({ limit }) => `must have at least ${limit}`,
  maxItems: ({ limit }) => `must have at most ${limit}`,
  uniqueItems: () => 'must not have anything twice',
  minProperties: () => 'must name something to change',
  minimum: ({ limit }) => `must be ${limit} or more`,
  maximum: ({ limit }) => `must be ${limit} or less`,
};
