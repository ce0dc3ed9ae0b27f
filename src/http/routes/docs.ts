import type { FastifyInstance, FastifyPluginAsync, RouteOptions } from 'fastify';
import { Message, MessageDraft, MessageEdit } from '../../model/message.ts';
import { CurrentSession, Session, SessionDraft } from '../../model/session.ts';
import { Topic } from '../../model/topic.ts';
import { User, UserAdministration, UserDraft, UserEdit } from '../../model/user.ts';
import { VERSION } from '../../model/version.ts';
import { aside } from '../aside.ts';
import { policyOf } from '../browsers/policy.ts';
import { cookieName } from '../cookie.ts';
import { described } from '../described.ts';
import { ProblemSchema } from '../problem.ts';

/** What the routes' schemas name by `$ref`. */
const SCHEMAS = Object.entries({
  User,
  UserDraft,
  UserEdit,
  UserAdministration,
  Message,
  MessageDraft,
  MessageEdit,
  Topic,
  Session,
  SessionDraft,
  CurrentSession,
  Problem: ProblemSchema,
}).map(([$id, schema]) => ({ ...schema, $id }));

/** Has `app` know what its routes' schemas name, and gives the routes that the API has, as they are registered from now on. */
export function describedRoutes(app: FastifyInstance): readonly RouteOptions[] {
  for (const schema of SCHEMAS) app.addSchema(schema);
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    const { schema } = route;
    if (route.method === 'HEAD' || schema?.hide === true) return;
    routes.push({ ...route, schema: { ...schema } });
    // The document of a host has not what these refer to, and could not be made with them.
    if (schema) schema.hide = true;
  });
  return routes;
}

/** The images of Swagger UI are in its styles and scripts. */
const POLICY = policyOf(["'self'", 'data:']);

/** How the API is described, to programs at `/openapi.json` and to people at `/docs`. */
export const docsRoutes: FastifyPluginAsync<{ routes: readonly RouteOptions[] }> = async (app, { routes }) => {
  // To load what makes them was a fifth of a start.
  const docs = aside((made) => describe(made, app.prefix, routes));
  for (const url of ['/openapi.json', '/docs', '/docs/', '/docs/json', '/docs/yaml', '/docs/static/*'])
    app.get(url, { schema: { hide: true } }, async (request, reply) => docs(request, reply));
};

/** @param routes - what is described; nobody asks for it here. */
async function describe(app: FastifyInstance, prefix: string, routes: readonly RouteOptions[]): Promise<void> {
  const [{ default: swagger }, { default: swaggerUi }] = await Promise.all([
    import('@fastify/swagger'),
    import('@fastify/swagger-ui'),
  ]);
  for (const schema of SCHEMAS) app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'msgboard',
        description: 'Users, messages and a live stream: the bare bones of any messaging system.',
        version: VERSION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      components: {
        securitySchemes: {
          basic: { type: 'http', scheme: 'basic' },
          bearer: { type: 'http', scheme: 'bearer' },
          cookie: { type: 'apiKey', in: 'cookie', name: cookieName({ server: { prefix } }) },
          token: { type: 'apiKey', in: 'query', name: 'token' },
        },
      },
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json['$id'] ?? `schema-${index}`) },
  });
  for (const route of routes) app.route({ ...described(route, prefix), handler: () => {} });
  app.get(`${prefix}/openapi.json`, { schema: { hide: true } }, async () => app.swagger());
  await app.register(swaggerUi, { routePrefix: `${prefix}/docs`, staticCSP: POLICY });
}
