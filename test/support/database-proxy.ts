import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { atEnd, type Scope } from './cleanup.ts';

/** What becomes of a connection, the next time that it sends a certain word, in a transaction that may write. */
type Fate =
  /** It breaks before the word has got through. */
  | 'lost'
  /** It breaks when the answer is on its way back; the server hears to the end what was said. */
  | 'unanswered'
  /** It breaks before anything more has got through, up to a COMMIT: the server hears that much later, once it is delivered. */
  | 'late'
  /** Nothing. */
  | 'heard'
  /** Nothing gets through any more, and nobody is told. */
  | 'silent';

export interface DatabaseProxy {
  /** The same database, by way of the proxy. */
  readonly url: string;
  /** How many connections there are by way of it, and how many of them wait. */
  count(): { readonly all: number; readonly held: number };
  /** How often a writer's connections have spoken and waited for an answer. */
  trips(): number;
  /** Has the server hear what it was to hear late. */
  deliver(): void;
  /** Has new connections wait, until the function that it returns is called. */
  hold(): () => void;
  /** From now on nothing gets through by any connection, and nobody is told. */
  silence(): void;
  /** Resolves once it has happened. */
  next(word: string, fate: Fate): Promise<void>;
}

/** What is before it may be a letter, that says how long it is. */
const BEGIN = /begin|start transaction|and chain/;
const COMMIT = whole('commit');

/** A bad way to a database server. */
export async function startDatabaseProxy(scope: Scope, database: string): Promise<DatabaseProxy> {
  const target = new URL(database);
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  const held = new Set<Socket>();
  let undelivered: (() => void)[] = [];
  let trips = 0;
  let isHolding = false;
  let isSilent = false;
  let armed: { readonly word: RegExp; readonly fate: Fate; readonly done: () => void } | null = null;

  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    let fate: Fate | null = null;
    let hasLocked = false;
    let isReading = false;
    let isAnswered = true;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    near.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      hasLocked ||= /for update/.test(text);
      // A pooler has reads and writes share a connection, in turn.
      if (BEGIN.test(text)) isReading = /read only/.test(text);
      if (fate !== 'late' && !isReading && armed?.word.test(text)) {
        fate = armed.fate;
        armed.done();
        armed = null;
      }
      if (isAnswered && hasLocked) trips += 1;
      isAnswered = false;
      if (fate === 'late') {
        const isLast = COMMIT.test(text);
        undelivered.push(() => (isLast ? far.end(chunk) : far.write(chunk)));
        if (isLast) near.destroy();
      } else if (fate === 'lost') near.destroy();
      else if (fate !== 'silent' && !isSilent) far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => {
      isAnswered = true;
      if (fate === 'unanswered') near.destroy();
      else if (fate !== 'silent' && !isSilent) near.write(chunk);
    });
    clients.add(near);
    near.on('close', () => {
      clients.delete(near);
      held.delete(near);
    });
    if (isHolding) held.add(near.pause());
    near.on('close', () => {
      if (fate === 'unanswered') far.end();
      else if (fate !== 'late') far.destroy();
    });
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
    trips: () => trips,
    deliver() {
      for (const write of undelivered) write();
      undelivered = [];
    },
    count: () => ({ all: clients.size, held: held.size }),
    hold() {
      isHolding = true;
      return () => {
        isHolding = false;
        for (const near of held) near.resume();
        held.clear();
      };
    },
    silence() {
      isSilent = true;
    },
    next: (word, fate) =>
      new Promise((done) => {
        armed = { word: whole(word), fate, done };
      }),
  };
}

/** `commit` is in `read committed` too. */
function whole(word: string): RegExp {
  return new RegExp(`\\b(${word})\\b`);
}
