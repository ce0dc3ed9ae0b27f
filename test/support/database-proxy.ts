import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { atEnd, type Scope } from './cleanup.ts';

/** What becomes of a connection, the next time that it sends a certain word. */
type Fate =
  /** It breaks before the word has got through. */
  | 'lost'
  /** It breaks when the answer is on its way back. */
  | 'unanswered'
  /** Nothing gets through any more, and nobody is told. */
  | 'silent';

export interface DatabaseProxy {
  /** The same database, by way of the proxy. */
  readonly url: string;
  /** Resolves once it has happened. */
  next(word: string, fate: Fate): Promise<void>;
}

/** A bad way to a database server. */
export async function startDatabaseProxy(scope: Scope, database: string): Promise<DatabaseProxy> {
  const target = new URL(database);
  const sockets = new Set<Socket>();
  let armed: { readonly word: string; readonly fate: Fate; readonly done: () => void } | null = null;

  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    let fate: Fate | null = null;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    near.on('data', (chunk: Buffer) => {
      if (armed && chunk.includes(armed.word)) {
        fate = armed.fate;
        armed.done();
        armed = null;
      }
      if (fate === 'lost') near.destroy();
      else if (fate !== 'silent') far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => {
      if (fate === 'unanswered') near.destroy();
      else if (fate !== 'silent') near.write(chunk);
    });
    near.on('close', () => far.destroy());
    far.on('close', () => fate !== 'silent' && near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(scope, async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });

  const url = new URL(database);
  url.port = `${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    next: (word, fate) =>
      new Promise((done) => {
        armed = { word, fate, done };
      }),
  };
}
