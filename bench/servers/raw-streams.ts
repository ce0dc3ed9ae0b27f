/**
 * The limit of what Node.js can send to many: `node raw-streams.ts PORT [READERS FILE]`.
 *
 * Any connection gets the head of a stream as soon as it has sent anything. While exactly so many are there, the file's
 * content is written to all of them, round after round.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';

const [port, wanted, file] = process.argv.slice(2);
const readers = Number(wanted ?? Number.POSITIVE_INFINITY);
const chunk = file === undefined ? Buffer.alloc(0) : readFileSync(file);

const sockets = new Set<Socket>();

createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.once('close', () => sockets.delete(socket));
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n:\n\n');
    sockets.add(socket);
    if (sockets.size === readers) setTimeout(flood, 100);
  });
}).listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 });

/** Writes to each socket that has taken the last one. */
function flood(): void {
  if (sockets.size !== readers) return;
  for (const socket of sockets) if (socket.writableLength === 0) socket.write(chunk);
  setImmediate(flood);
}
