import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { createParser } from 'eventsource-parser';
import type { StreamEvent } from '../../src/model/change.ts';
import { atEnd, type Scope } from './cleanup.ts';
import { within } from './eventually.ts';

/** A server that speaks HTTP/2 over TLS, as a browser sees it: by one connection. */
export class Http2 {
  readonly #session: ClientHttp2Session;
  readonly #authority: string;

  private constructor(session: ClientHttp2Session, authority: string) {
    this.#session = session;
    this.#authority = authority;
  }

  /**
   * @param url - where it is.
   * @param name - what it is called, by whose certificate `ca` it is known.
   * @param from - the address to come from.
   */
  static async connect(scope: Scope, url: string, name: string, ca: string, from = '127.0.0.1'): Promise<Http2> {
    const { hostname: host, port } = new URL(url);
    const address = { host, port: Number(port), localAddress: from };
    const session = connect(url, {
      createConnection: () => connectTls({ ...address, ca, servername: name, ALPNProtocols: ['h2'] }),
    });
    atEnd(scope, () => session.destroy());
    await within(once(session, 'connect'), () => `a connection to ${url}`);
    assert.equal(session.alpnProtocol, 'h2');
    return new Http2(session, name);
  }

  async ask(method: string, path: string, headers: Readonly<Record<string, string>> = {}, json?: unknown) {
    const type = json === undefined ? {} : { 'content-type': 'application/json' };
    const stream = this.#open(method, path, { ...type, ...headers });
    stream.end(json === undefined ? undefined : JSON.stringify(json));
    const answer = await answerOf(stream);
    return { status: Number(answer[':status']), headers: answer, text: await text(stream) };
  }

  /**
   * Follows a stream, goes on where it was whenever that ends, as EventSource does, and stops when `onEvent` says `true`.
   *
   * @returns how often it was opened.
   */
  async follow(path: string, onEvent: (event: StreamEvent) => boolean): Promise<number> {
    let lastId: string | undefined;
    let isOver = false;
    let times = 0;
    for (; !isOver; times++) {
      const stream = this.#open('GET', path, {
        accept: 'text/event-stream',
        ...(lastId !== undefined && { 'last-event-id': lastId }),
      });
      stream.end();
      const parser = createParser({
        onEvent({ id, event, data }) {
          lastId = id ?? lastId;
          if (isOver) return;
          isOver = onEvent({ type: event ?? 'message', cursor: id, message: JSON.parse(data) } as StreamEvent);
          if (isOver) stream.close();
        },
      });
      const answer = await answerOf(stream);
      assert.deepEqual([answer[':status'], answer['content-type']], [200, 'text/event-stream']);
      stream.setEncoding('utf8').on('data', (chunk: string) => parser.feed(chunk));
      await within(once(stream, 'close'), () => `an end of ${path}`);
    }
    return times;
  }

  #open(method: string, path: string, headers: Readonly<Record<string, string>>): ClientHttp2Stream {
    const stream = this.#session.request({
      ':method': method,
      ':path': path,
      ':authority': this.#authority,
      ...headers,
    });
    // It ends all the same.
    stream.on('error', () => {});
    return stream;
  }
}

async function answerOf(stream: ClientHttp2Stream): Promise<IncomingHttpHeaders> {
  const [headers] = (await within(once(stream, 'response'), () => 'an answer')) as [IncomingHttpHeaders];
  return headers;
}
