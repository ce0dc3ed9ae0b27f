import type { FastifyReply, FastifyRequest } from 'fastify';
import { badInput } from '../model/errors.ts';
import { bodyOf } from './body.ts';

type Field = Readonly<Record<string, unknown>>;

/**
 * The input fields of a GET, QUERY or DELETE: of the query string, and of a JSON body; the query string wins. Numbers may come as
 * decimal text and lists as one value, as a query string has them. What is in them is the board's to check.
 *
 * @param fields - the schema's properties, by name.
 */
export async function inputOf(
  request: FastifyRequest,
  reply: FastifyReply,
  fields: Readonly<Record<string, Field>>,
): Promise<Record<string, unknown>> {
  const body = await bodyOf(request);
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body))) {
    throw badInput('body', 'must be an object');
  }
  // A cache would not know that this answer depends on the body.
  if (body !== undefined) reply.header('cache-control', 'no-store');

  return fieldsOf([...Object.entries(body ?? {}), ...Object.entries(request.query ?? {})], fields);
}

/** The same of names and values, of which the last counts. */
export function fieldsOf(
  given: Iterable<readonly [name: string, value: unknown]>,
  fields: Readonly<Record<string, Field>>,
): Record<string, unknown> {
  return Object.fromEntries([...given].map(([name, value]) => [name, read(value, fields[name])]));
}

function read(value: unknown, field: Field | undefined): unknown {
  if (field?.['type'] === 'array') return [value].flat();
  return isNumber(field) && typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
}

function isNumber(field: Field | undefined): boolean {
  const forms = field?.['anyOf'];
  return field?.['type'] === 'integer' || (Array.isArray(forms) && forms.some((form) => form?.type === 'integer'));
}
