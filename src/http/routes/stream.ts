import { Readable } from 'node:stream';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { Board, StreamClient } from '../../model/board.ts';
import { RESET_REASONS } from '../../model/cursor.ts';
import { badInput } from '../../model/errors.ts';
import { clientOf, IF_ANY, remembered } from '../credentials.ts';
import { inputOf } from '../input.ts';
import { Limits } from '../limits/limits.ts';
import { problems, sendProblem, sendRefusal } from '../problem.ts';
import { acceptQuery, alsoByQuery } from '../query-method.ts';
import { openOutlet } from '../socket-outlet.ts';
import { JSON_TYPE } from '../standing-headers.ts';
import { accepts, CONTENT_TYPES, CursorField, formatOf, StreamInput, streamInputOf } from '../stream-input.ts';
import { comeBackOf } from '../stream-refusal.ts';

const TEXT = { schema: { type: 'string' } } as const;
const EVENTS = {
  schema: {
    type: 'array',
    items: {
      type: 'object',
      required: ['cursor', 'type', 'message'],
      properties: {
        cursor: { type: 'string' },
        type: { enum: ['message', 'edit', 'delete', 'reset'] },
        message: { type: ['object', 'null'] },
        reason: { enum: RESET_REASONS, description: 'Of a `reset`: why the cursor was of no use.' },
      },
    },
  },
} as const;

/** How a host that logs its requests sees those for a stream: without the query, where a token may stand. */
export const streamLog = {
  req: ({ method, url }: FastifyRequest) => `${method} ${url.replace(/\?.*$/s, '')}`,
};

/** `/stream`: what happens, as it happens, and all that has. */
export const streamRoutes: FastifyPluginAsync<{ board: Board }> = async (app, { board }) => {
  app.setErrorHandler((error, request, reply) => sendStreamProblem(request, reply, error));

  const follow: RouteHandlerMethod = async (request, reply) => {
    const client = await streamClientOf(board, request);
    const { query, isPoll } = streamInputOf(request, await inputOf(request, reply, StreamInput.properties));
    if (request.method === 'HEAD') return sendHead(client, query, isPoll, request, reply);
    return isPoll ? sendPoll(board, client, query, request, reply) : sendStream(client, query, request, reply);
  };

  app.get(
    '/stream',
    {
      onRequest: acceptQuery,
      schema: {
        summary: 'Follow the board',
        description: `Server-sent events: \`message\` (the default), \`edit\`, \`delete\`, \`reset\`. With \`Accept: application/x-ndjson\` an object a line.
          Goes on from \`Last-Event-ID\`. With \`poll=1\` or \`wait\` it answers what there is and ends; then \`Accept: application/json\` is understood too.`,
        tags: ['stream'],
        security: [...IF_ANY, { token: [] }],
        querystring: StreamInput,
        headers: { type: 'object', properties: { 'last-event-id': CursorField } },
        response: {
          200: {
            description: 'Events',
            content: { [CONTENT_TYPES.sse]: TEXT, [CONTENT_TYPES.ndjson]: TEXT, 'application/json': EVENTS },
          },
          ...problems('unauthorized', 'forbidden'),
        },
      },
    },
    follow,
  );
  alsoByQuery(app, '/stream', StreamInput, follow);
};

/** A token in the URL is there for this stream; what else a browser sends along comes by itself. */
async function streamClientOf(board: Board, request: FastifyRequest): Promise<StreamClient> {
  const { token } = request.query as { token?: unknown };
  if (token === undefined) return clientOf(board, request);
  if (typeof token !== 'string') throw badInput('token', 'must be one');
  return remembered(request, board.resumeStream(token));
}

/** What a GET would refuse is refused, and nothing is waited for. How long its answer would be, only the answer tells. */
async function sendHead(
  client: StreamClient,
  query: object,
  isPoll: boolean,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { cursor } = await client.poll(isPoll ? query : { ...query, limit: 1 }, { signal: AbortSignal.abort() });
  if (isPoll) reply.header('last-event-id', cursor);
  const type =
    isPoll && accepts(request.headers, 'application/json') ? JSON_TYPE : CONTENT_TYPES[formatOf(request.headers)];
  // Of what is not there at all, the framework says that it is 0 bytes long.
  return reply.header('content-type', type).header('cache-control', 'no-store').send(Readable.from([]));
}

async function sendStream(client: StreamClient, query: object, request: FastifyRequest, reply: FastifyReply) {
  const format = formatOf(request.headers);
  const limits = Limits.of(request);
  const leave = await limits.stream(client, request);
  const open = () => {
    const outlet = openOutlet(reply, CONTENT_TYPES[format]);
    outlet.onClose(leave);
    return outlet;
  };
  try {
    await client.pipe(query, format, open, { beforeReplay: () => limits.replay(request) });
  } catch (error) {
    leave();
    throw error;
  }
  return reply;
}

async function sendPoll(
  board: Board,
  client: StreamClient,
  query: object,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const gone = new AbortController();
  const { socket } = request.raw;
  const abort = () => gone.abort();
  const leave = await Limits.of(request).stream(client, request);
  socket.once('close', abort);
  const { events, cursor: next } = await client.poll(query, { signal: gone.signal }).finally(() => {
    leave();
    // The connection may stay for the next request.
    socket.off('close', abort);
  });
  reply.header('cache-control', 'no-store').header('last-event-id', next);
  if (accepts(request.headers, 'application/json')) {
    return reply.header('content-type', JSON_TYPE).send(JSON.stringify(events));
  }
  const format = formatOf(request.headers);
  return reply.header('content-type', CONTENT_TYPES[format]).send(board.encode(events, format));
}

function sendStreamProblem(request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply {
  const refusal = comeBackOf(request.headers, thrown);
  return refusal ? sendRefusal(reply, refusal) : sendProblem(reply, thrown);
}
