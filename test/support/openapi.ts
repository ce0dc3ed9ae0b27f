import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { isText } from '../../src/model/text.ts';
import type { Schema } from './schema-arbitrary.ts';

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly security?: readonly object[];
  readonly responses: Readonly<Record<string, Response>>;
}

interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Content;
}

/** What the board says of itself at `/openapi.json`. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, { readonly name?: string }>>;
  };
}

export interface Route extends Operation {
  /** `GET /message/{id}` */
  readonly name: string;
  readonly method: string;
  readonly path: string;
}

/** What came back, as far as the document describes it. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface Access {
  readonly status: number;
  readonly hasCredentials: boolean;
}

/** Headers that every answer has, or that are about its way. */
const STANDING =
  /^(?:cache-control|connection|content-\w+|date|keep-alive|transfer-encoding|vary|x-accel-buffering|x-content-type-options)$/;

/** Holds answers, and what was taken, against a document. */
export class Contract {
  readonly routes: readonly Route[];
  readonly #document: OpenApi;
  readonly #checks = new Map<Schema, ValidateFunction>();
  readonly #strict = new Ajv2020({ strict: false, formats: { text: isText, 'date-time': isTime } });
  readonly #lenient = new Ajv2020({ strict: false, coerceTypes: 'array', formats: { text: isText } });

  constructor(document: OpenApi) {
    this.#document = document;
    this.routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        ...operation,
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
      })),
    );
  }

  route(name: string): Route {
    const route = this.routes.find((each) => each.name === name);
    if (!route) throw new Error(`no such route is documented: ${name}`);
    return route;
  }

  /** A schema with all that it refers to. */
  resolve(schema: Schema): Schema {
    const name = schema.$ref?.replace('#/components/schemas/', '');
    const found = name === undefined ? schema : this.#document.components.schemas[name];
    if (!found) throw new Error(`the document refers to ${name}, and has none`);
    return found;
  }

  /** Why an answer is not as documented; `null`: it is. */
  faultOfAnswer({ responses }: Route, { status, headers, text }: Answer): string | null {
    const response = responses[status];
    if (!response) return `${status} is not documented`;
    const told = Object.keys(response.headers ?? {}).map((name) => name.toLowerCase());
    const untold = [...headers.keys()].find((name) => !STANDING.test(name) && !told.includes(name));
    if (untold !== undefined) return `${status} has ${untold}, and it is not documented`;
    if (!response.content) return text === '' ? null : `${status} has a body, and none is documented`;

    const type = (headers.get('content-type') ?? '').replace(/;.*$/, '');
    const schema = response.content[type]?.schema;
    if (!schema) return `${status} is ${type}, and documented as ${Object.keys(response.content)}`;
    const check = this.#check(this.#strict, schema);
    return check(/json$/.test(type) ? JSON.parse(text) : text) ? null : `${status}: ${JSON.stringify(check.errors)}`;
  }

  /** Why somebody would not have been answered so, from what the document says of credentials; `null`: they would. */
  faultOfAccess({ security = [] }: Route, { status, hasCredentials }: Access): string | null {
    const isNeeded = security.length > 0 && security.every((each) => Object.keys(each).length > 0);
    if (status < 400 && isNeeded && !hasCredentials) return 'credentials are documented as needed, and are not';
    return status === 401 && security.length === 0 ? '401, and no credentials are documented' : null;
  }

  /** Whether a body is one that the document allows. */
  allowsBody({ requestBody }: Route, body: unknown): boolean {
    const schema = requestBody?.content['application/json']?.schema;
    return schema !== undefined && this.#check(this.#strict, schema)(body);
  }

  /** Whether a query string is one that the document allows. */
  allowsQuery({ parameters = [] }: Route, query: ReadonlyMap<string, unknown>): boolean {
    for (const [name, value] of query) {
      const schema = parameters.find((each) => each.in === 'query' && each.name === name)?.schema;
      if (!schema) return false;
      const wrapped = this.#check(this.#lenient, schema, { type: 'object', properties: { value: schema } });
      if (!wrapped({ value: Array.isArray(value) && value.length === 1 ? value[0] : value })) return false;
    }
    return true;
  }

  /** @param whole - what is compiled in place of `schema`, which it is known by. */
  #check(ajv: Ajv2020, schema: Schema, whole = schema): ValidateFunction {
    const known = this.#checks.get(schema);
    if (known) return known;
    const check = ajv.compile({ ...whole, components: this.#document.components });
    this.#checks.set(schema, check);
    return check;
  }
}

/** ISO 8601 in UTC with milliseconds. */
function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text));
}
