import type { FastifyPluginAsync, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { Board, StreamClient, StreamFormat } from '../../model/board.ts';
import { eventJson } from '../../model/change.ts';
import { PollQuery } from '../../model/client.ts';
import { badInput } from '../../model/errors.ts';
import { clientOf, remembered } from '../credentials.ts';
import { inputOf } from '../input.ts';
import { Limits } from '../limits/limits.ts';
import { boardErrorOf, problems, sendProblem } from '../problem.ts';
import { acceptQuery, alsoByQuery } from '../query-method.ts';
import { openOutlet } from '../socket-outlet.ts';
import { JSON_TYPE } from '../standing-headers.ts';

const { cursor: cursorField, ...pollFields } = PollQuery.properties;

/** What a stream is asked for with on the wire: `after` and its other names are the cursor. */
const StreamInput = {
  type: 'object',
  properties: {
    ...pollFields,
    after: cursorField,
    lastEventId: cursorField,
    last_event_id: cursorField,
    token: { type: 'string', description: 'From `POST /session` with `stream: true`: for EventSource across origins.' },
    poll: { type: 'string', enum: ['0', '1'], description: '1: answer what there is and end.' },
  },
} as const;

const CONTENT_TYPES = { sse: 'text/event-stream', ndjson: 'application/x-ndjson' } satisfies Record<
  StreamFormat,
  string
>;

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
      },
    },
  },
} as const;

/** A browser that was told to come back later does so within 4 s of when it may: not all at once. */
const comeBack = (seconds: number) => `retry: ${Math.round(1000 * (seconds + Math.random() * 4))}\n\n`;

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
        querystring: StreamInput,
        headers: { type: 'object', properties: { 'last-event-id': cursorField } },
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

function streamInputOf({ headers, query: inUrl }: FastifyRequest, input: Record<string, unknown>) {
  const { after, lastEventId, last_event_id, poll, token, ...query } = input;
  if (token !== (inUrl as { token?: unknown }).token) throw badInput('token', 'is read from the URL alone');
  if (poll !== undefined && !['0', '1', 0, 1, true, false].includes(poll as never))
    throw badInput('poll', 'must be 0 or 1');
  const isPoll = query['wait'] !== undefined || ['1', 1, true].includes(poll as never);
  if (!isPoll && query['limit'] !== undefined) throw badInput('limit', 'goes with poll=1 or wait; a stream has no end');

  for (const [name, value] of Object.entries({ after, lastEventId, last_event_id })) {
    if (typeof value === 'object' || `${value ?? ''}`.length > cursorField.maxLength)
      throw badInput(name, 'must be one cursor');
  }
  // Some clients send an empty one before they have any.
  const cursor = [headers['last-event-id'], after, lastEventId, last_event_id].find(
    (each) => each !== undefined && each !== '',
  );
  return {
    isPoll,
    query: cursor === undefined ? query : { ...query, cursor: typeof cursor === 'number' ? `${cursor}` : cursor },
  };
}

async function sendStream(client: StreamClient, query: object, request: FastifyRequest, reply: FastifyReply) {
  const format = formatOf(request);
  if (request.method === 'HEAD') {
    // What a GET would refuse is refused.
    await client.poll({ ...query, limit: 1 });
    return reply.header('content-type', CONTENT_TYPES[format]).header('cache-control', 'no-store').send();
  }
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
  if (accepts(request, 'application/json')) {
    return reply.header('content-type', JSON_TYPE).send(`[${events.map((event) => eventJson(event)).join(',')}]`);
  }
  const format = formatOf(request);
  return reply.header('content-type', CONTENT_TYPES[format]).send(board.encode(events, format));
}

/** EventSource gives up for ever on any status but 200, so what will pass is said in its own words. */
function sendStreamProblem(request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply {
  const { code, retryAfter } = boardErrorOf(thrown);
  const willPass = code === 'unavailable' || code === 'too-many';
  if (!willPass || !accepts(request, CONTENT_TYPES.sse)) return sendProblem(reply, thrown);
  return reply
    .code(200)
    .header('content-type', CONTENT_TYPES.sse)
    .header('cache-control', 'no-store')
    .send(comeBack(retryAfter ?? 1));
}

function formatOf(request: FastifyRequest): StreamFormat {
  return accepts(request, CONTENT_TYPES.ndjson) ? 'ndjson' : 'sse';
}

function accepts({ headers }: FastifyRequest, type: string): boolean {
  return (headers.accept ?? '').toLowerCase().includes(type);
}
