import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Board } from '../../model/board.ts';
import { type MessageDraft, MOST_AT_ONCE } from '../../model/message.ts';
import { readJsonLines } from '../body.ts';
import { bulkBudget, MOST_BULK } from '../bulk-budget.ts';
import { CREDENTIALS, clientOf } from '../credentials.ts';
import { keyOf, postHeaders } from '../idempotency.ts';
import { Limits } from '../limits/limits.ts';
import { messagesJson } from '../message-answer.ts';
import { problems } from '../problem.ts';
import { JSON_TYPE } from '../standing-headers.ts';

const schema = { type: 'array', minItems: 1, maxItems: MOST_AT_ONCE, items: { $ref: 'MessageDraft#' } } as const;

/** `POST /messages`: many messages at once. */
export const bulkRoutes: FastifyPluginAsync<{ board: Board }> = async (app, { board }) => {
  readJsonLines(app, MOST_AT_ONCE);

  const letIn = async (request: FastifyRequest, reply: FastifyReply) => {
    const client = await clientOf(board, request);
    await client.users.me();
    await Limits.of(request).post(client, reply);
  };

  app.post<{ Body: MessageDraft[] }>(
    '/messages',
    {
      bodyLimit: MOST_BULK,
      // Who may not post has no megabytes read.
      onRequest: [letIn, bulkBudget()],
      schema: {
        summary: 'Post many messages',
        description: 'All of them, or none. A fault names its message by its index, counted from 0: `2.text`.',
        tags: ['messages'],
        security: CREDENTIALS,
        headers: postHeaders,
        body: { content: { 'application/json': { schema }, 'application/x-ndjson': { schema: { type: 'string' } } } },
        response: {
          201: { type: 'array', items: { $ref: 'Message#' } },
          ...problems('unauthorized', 'forbidden', 'not-found', 'key-reused'),
        },
      },
    },
    async (request, reply) => {
      const client = await clientOf(board, request);
      const count = Array.isArray(request.body) ? request.body.length : 1;
      const messages = await Limits.of(request).postMany(client, count, reply, () =>
        client.messages.postMany(request.body, { idempotencyKey: keyOf(request) }),
      );
      reply.code(201).header('content-type', JSON_TYPE);
      return messagesJson(messages);
    },
  );
};
