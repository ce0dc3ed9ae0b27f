import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { Board } from '../../model/board.ts';
import { badInput } from '../../model/errors.ts';
import { type SessionDraft, SessionDraft as SessionDraftSchema } from '../../model/session.ts';
import { clearCookie, setCookie } from '../cookie.ts';
import { CREDENTIALS, clientOf } from '../credentials.ts';
import { inputOf } from '../input.ts';
import { Limits } from '../limits/limits.ts';
import { problems } from '../problem.ts';

const refusals = problems('unauthorized', 'forbidden');

const LogOut = {
  type: 'object',
  properties: { all: { type: 'string', enum: ['0', '1'], description: '1: everywhere.' } },
} as const;

/** `/session`: log in, who am I, log out. */
export const sessionRoutes: FastifyPluginAsync<{ board: Board }> = async (app, { board }) => {
  app.addHook('onRequest', (_, reply, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });

  app.post<{ Body: SessionDraft | undefined }>(
    '/session',
    {
      schema: {
        summary: 'Log in, or open a token for streams',
        description:
          'With credentials, or with `username` and `password`. The token comes as a cookie too, unless it is for streams.',
        tags: ['sessions'],
        body: SessionDraftSchema,
        response: { 201: { $ref: 'Session#' }, ...refusals },
      },
    },
    async (request, reply) => {
      const draft = request.body;
      const client = isByName(request) ? board.as() : await clientOf(board, request);
      const open = () => client.sessions.open(draft);
      const session = isByPassword(draft)
        ? await Limits.of(request).guess(request, draft.username, open)
        : await open();
      if (draft?.stream !== true) setCookie(reply, session);
      return reply.code(201).send(session);
    },
  );

  app.get(
    '/session',
    {
      schema: {
        summary: 'Who am I',
        tags: ['sessions'],
        security: CREDENTIALS,
        response: { 200: { $ref: 'CurrentSession#' }, ...refusals },
      },
    },
    async (request) => (await clientOf(board, request)).sessions.current(),
  );

  app.delete(
    '/session',
    {
      schema: {
        summary: 'Log out',
        tags: ['sessions'],
        security: CREDENTIALS,
        querystring: LogOut,
        response: { 204: { type: 'null', description: 'The session has ended.' }, ...refusals },
      },
    },
    async (request, reply) => {
      const { all = '0', ...rest } = await inputOf(request, reply, LogOut.properties);
      const [unknown] = Object.keys(rest);
      if (unknown !== undefined) throw badInput(unknown, 'is not known here');
      if (all !== '0' && all !== '1' && all !== 0 && all !== 1) throw badInput('all', 'must be 0 or 1');
      const client = await clientOf(board, request);
      await client.sessions.close({ all: Number(all) === 1 });
      clearCookie(reply);
      return reply.code(204).send();
    },
  );
};

/** A log-in form is filled in by whoever is there now: an old cookie beside it does not matter. */
function isByName({ headers, body }: FastifyRequest): boolean {
  return headers.authorization === undefined && typeof body === 'object' && body !== null && 'username' in body;
}

function isByPassword(draft: SessionDraft | undefined): draft is SessionDraft & { username: string; password: string } {
  return typeof draft?.username === 'string' && typeof draft.password === 'string';
}
