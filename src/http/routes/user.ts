import type { FastifyPluginAsync } from 'fastify';
import type { Board } from '../../model/board.ts';
import {
  type UserAdministration,
  UserAdministration as UserAdministrationSchema,
  type UserDraft,
  UserDraft as UserDraftSchema,
  type UserEdit,
  UserEdit as UserEditSchema,
} from '../../model/user.ts';
import { clearCookie, cookieOf } from '../cookie.ts';
import { CREDENTIALS, clientOf } from '../credentials.ts';
import { Limits } from '../limits/limits.ts';
import { problems } from '../problem.ts';

const params = {
  type: 'object',
  properties: { idOrName: { type: 'string', description: 'All digits: an id. Else a username.' } },
} as const;
const known = problems('unauthorized', 'forbidden');
const response = { 200: { $ref: 'User#' }, ...known };
const somebody = { ...response, ...problems('not-found') };
const security = CREDENTIALS;

/** `/user`: sign up, look somebody up, look after oneself and, for moderators, after others. */
export const userRoutes: FastifyPluginAsync<{ board: Board }> = async (app, { board }) => {
  app.post<{ Body: UserDraft }>(
    '/user',
    {
      schema: {
        summary: 'Sign up',
        tags: ['users'],
        body: UserDraftSchema,
        response: { 201: { $ref: 'User#' }, ...known, ...problems('taken') },
      },
    },
    async (request, reply) => {
      const client = await clientOf(board, request);
      const signUp = () => client.users.create(request.body);
      // The operator makes accounts for whoever comes to another product.
      const user = client.isOperator ? await signUp() : await Limits.of(request).signUp(request, reply, signUp);
      return reply.code(201).header('location', `user/${user.id}`).send(user);
    },
  );

  app.get<{ Params: { idOrName: string } }>(
    '/user/:idOrName',
    {
      schema: {
        summary: 'Look somebody up by id or username',
        tags: ['users'],
        params,
        response: somebody,
      },
    },
    async (request) => {
      const client = await clientOf(board, request);
      return client.users.get(request.params.idOrName);
    },
  );

  app.get('/user', { schema: { summary: 'Look at oneself', tags: ['users'], security, response } }, async (request) =>
    (await clientOf(board, request)).users.me(),
  );

  app.patch<{ Body: UserEdit }>(
    '/user',
    { schema: { summary: 'Change oneself', tags: ['users'], security, body: UserEditSchema, response } },
    async (request) => {
      const client = await clientOf(board, request);
      const update = () => client.users.update(request.body);
      if (request.body?.currentPassword === undefined) return update();

      // Whoever has somebody's session may be guessing at their password.
      const { username } = await client.users.me();
      return Limits.of(request).guess(request, username, update);
    },
  );

  app.delete(
    '/user',
    {
      schema: {
        summary: 'Delete oneself, and all of one’s messages',
        tags: ['users'],
        security,
        response: { 204: { type: 'null', description: 'None of them can be read.' }, ...known },
      },
    },
    async (request, reply) => {
      const client = await clientOf(board, request);
      await client.users.delete();
      if (cookieOf(request) !== undefined) clearCookie(reply);
      return reply.code(204).send();
    },
  );

  app.patch<{ Params: { idOrName: string }; Body: UserAdministration }>(
    '/user/:idOrName',
    {
      schema: {
        summary: 'Ban somebody, or no longer',
        description: 'For moderators, of whoever is no moderator. The operator may change anything, of anybody.',
        tags: ['users'],
        security,
        params,
        body: UserAdministrationSchema,
        response: somebody,
      },
    },
    async (request) => (await clientOf(board, request)).users.administer(request.params.idOrName, request.body),
  );
};
