import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import type { Board } from '../../model/board.ts';
import { BoardError, badInput } from '../../model/errors.ts';
import {
  type Message,
  type MessageDraft,
  MessageDraft as MessageDraftSchema,
  type MessageEdit,
  MessageEdit as MessageEditSchema,
} from '../../model/message.ts';
import { ifMatchOf, isNoneMatch } from '../conditions.ts';
import { CREDENTIALS, clientOf } from '../credentials.ts';
import { keyOf, postHeaders } from '../idempotency.ts';
import { Limits } from '../limits/limits.ts';
import { messageAnswer } from '../message-answer.ts';
import { problems } from '../problem.ts';
import { JSON_TYPE, locationOf } from '../standing-headers.ts';

const params = { type: 'object', properties: { id: { type: 'integer', minimum: 1 } } } as const;
const ifMatch = {
  type: 'object',
  properties: { 'if-match': { type: 'string', description: 'An ETag, or "<seq>": only if the message is still so.' } },
} as const;

interface OneMessage {
  Params: { id: string };
}

/** `/message`: post, read, edit and delete one message. */
export const messageRoutes: FastifyPluginAsync<{ board: Board }> = async (app, { board }) => {
  app.post<{ Body: MessageDraft }>(
    '/message',
    {
      schema: {
        summary: 'Post a message',
        tags: ['messages'],
        security: CREDENTIALS,
        headers: postHeaders,
        body: MessageDraftSchema,
        response: { 201: { $ref: 'Message#' }, ...problems('unauthorized', 'forbidden', 'key-reused', 'not-found') },
      },
    },
    async (request, reply) => {
      const client = await clientOf(board, request);
      await Limits.of(request).post(client, reply);
      const message = await client.messages.post(request.body, { idempotencyKey: keyOf(request) });
      return send(reply.code(201).header('location', locationOf(message)), message);
    },
  );

  app.get<OneMessage>(
    '/message/:id',
    {
      schema: {
        summary: 'Read a message',
        tags: ['messages'],
        params,
        headers: {
          type: 'object',
          properties: { 'if-none-match': { type: 'string', description: 'An ETag: only if it is no longer so.' } },
        },
        response: {
          200: { $ref: 'Message#' },
          304: { type: 'null', description: 'It is still so.' },
          ...problems('unauthorized', 'forbidden', 'not-found'),
        },
      },
    },
    async (request, reply) => {
      const client = await clientOf(board, request);
      return send(reply, await client.messages.get(idOf(request.params.id)), request.headers['if-none-match']);
    },
  );

  app.put<OneMessage & { Body: MessageEdit }>(
    '/message/:id',
    {
      schema: {
        summary: 'Edit a message of one’s own',
        tags: ['messages'],
        security: CREDENTIALS,
        params,
        headers: ifMatch,
        body: MessageEditSchema,
        response: {
          200: { $ref: 'Message#' },
          ...problems('unauthorized', 'forbidden', 'not-found', 'precondition-failed'),
        },
      },
    },
    async (request, reply) => {
      const client = await clientOf(board, request);
      await Limits.of(request).post(client, reply);
      const options = { ifMatch: ifMatchOf(request.headers['if-match']) };
      return send(reply, await client.messages.edit(idOf(request.params.id), request.body, options));
    },
  );

  app.delete<OneMessage>(
    '/message/:id',
    {
      schema: {
        summary: 'Delete a message of one’s own',
        tags: ['messages'],
        security: CREDENTIALS,
        params,
        headers: ifMatch,
        response: {
          204: { type: 'null', description: 'It is gone.' },
          ...problems('unauthorized', 'forbidden', 'not-found', 'precondition-failed'),
        },
      },
    },
    async (request, reply) => {
      const client = await clientOf(board, request);
      await client.messages.delete(idOf(request.params.id), { ifMatch: ifMatchOf(request.headers['if-match']) });
      return reply.code(204).send();
    },
  );
};

function send(reply: FastifyReply, message: Message, ifNoneMatch?: string): FastifyReply {
  const { etag, json } = messageAnswer(message);
  reply.header('etag', etag);
  if (isNoneMatch(ifNoneMatch, etag)) return reply.code(304).send();
  return reply.header('content-type', JSON_TYPE).send(json);
}

/** An id that no message can have is not found; what is no number at all is bad input. */
function idOf(text: string): number {
  if (!/^\d+$/.test(text)) throw badInput('id', 'must be a whole number');
  const id = Number(text);
  if (Number.isSafeInteger(id)) return id;
  throw new BoardError('not-found', `There is no message ${text}, or it is not for you.`);
}
