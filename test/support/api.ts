import assert from 'node:assert/strict';
import type { Message, MessageDraft } from '../../src/model/message.ts';
import type { Session, SessionDraft } from '../../src/model/session.ts';
import type { UserDraft } from '../../src/model/user.ts';
import { PATIENCE_MS } from './eventually.ts';

/** Who asks. */
export interface Person {
  readonly username: string;
  readonly password: string;
}

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON of `text`; `undefined`: it is none. */
  readonly body: Body;
}

export interface CallOptions {
  readonly as?: Person | undefined;
  readonly json?: unknown;
  /** A body as it is; its type is for `headers` to say. */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A board, as a program with `fetch` sees it. */
export class Api {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async call<Body = unknown>(method: string, path: string, options: CallOptions = {}): Promise<Answer<Body>> {
    const headers = new Headers(options.headers);
    if (options.as) headers.set('authorization', basic(options.as));
    if (options.json !== undefined) headers.set('content-type', 'application/json');
    const body = options.json === undefined ? (options.raw ?? null) : JSON.stringify(options.json);
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(this.url + path, { method, headers, body, redirect: 'manual', signal });
    const text = await response.text();

    return { status: response.status, headers: response.headers, text, body: parse(text) as Body };
  }

  get<Body = unknown>(path: string, options: CallOptions = {}): Promise<Answer<Body>> {
    return this.call<Body>('GET', path, options);
  }

  post<Body = unknown>(path: string, json: unknown, options: CallOptions = {}): Promise<Answer<Body>> {
    return this.call<Body>('POST', path, { ...options, json });
  }

  put<Body = unknown>(path: string, json: unknown, options: CallOptions = {}): Promise<Answer<Body>> {
    return this.call<Body>('PUT', path, { ...options, json });
  }

  patch<Body = unknown>(path: string, json: unknown, options: CallOptions = {}): Promise<Answer<Body>> {
    return this.call<Body>('PATCH', path, { ...options, json });
  }

  delete(path: string, options: CallOptions = {}): Promise<Answer<unknown>> {
    return this.call('DELETE', path, options);
  }

  /** Signs somebody up. */
  async signUp(username: string, more: Partial<UserDraft> = {}): Promise<Person> {
    const person = { username, password: more.password ?? 'yarn' };
    const answer = await this.post('/user', { ...more, ...person });
    assert.equal(answer.status, 201, answer.text);

    return person;
  }

  /** Logs somebody in. */
  async logIn({ username, password }: Person, more: Partial<SessionDraft> = {}): Promise<Session> {
    const answer = await this.post<Session>('/session', { ...more, username, password });
    assert.equal(answer.status, 201, answer.text);

    return answer.body;
  }

  /** Posts a message. */
  async say(as: Person, draft: string | MessageDraft): Promise<Message> {
    const answer = await this.post<Message>('/message', typeof draft === 'string' ? { text: draft } : draft, { as });
    assert.equal(answer.status, 201, answer.text);

    return answer.body;
  }

  /** Posts many at once. */
  async sayAll(as: Person, drafts: readonly MessageDraft[]): Promise<Message[]> {
    const answer = await this.post<Message[]>('/messages', drafts, { as });
    assert.equal(answer.status, 201, answer.text);

    return answer.body;
  }

  /** Posts `count` messages, `1`, `2` and so on, one after the other. */
  async sayMany(as: Person, count: number): Promise<Message[]> {
    const messages: Message[] = [];
    for (let n = 1; n <= count; n++) messages.push(await this.say(as, `${n}`));

    return messages;
  }

  /** The whole board, oldest first. */
  async board(): Promise<Message[]> {
    const all: Message[] = [];
    for (;;) {
      const page = await this.get<Message[]>(`/messages?limit=100&after=${all.at(-1)?.id ?? 0}`);
      assert.equal(page.status, 200, page.text);
      if (page.body.length === 0) return all;
      all.push(...page.body);
    }
  }

  /** The cursor of this moment. It moves with every change on the board, so that an equal one means that there was none. */
  async cursor(): Promise<string> {
    const page = await this.get('/messages?limit=1');
    const cursor = page.headers.get('last-event-id');
    assert.ok(cursor, 'a page says where the stream goes on');

    return cursor;
  }
}

export function basic({ username, password }: Person): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The headers of whoever has this token. */
export function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
