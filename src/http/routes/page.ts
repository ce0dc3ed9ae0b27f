import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { aside } from '../aside.ts';
import { policyOf } from '../browsers/policy.ts';
import { problems } from '../problem.ts';

/** What `npm run build` makes for browsers; from sources and from the published package alike. */
const BUILT = fileURLToPath(new URL('../../../dist/web/', import.meta.url));

const POLICY = policyOf(["'self'"]);

const response = {
  200: {
    description: 'The page of the board for a browser, an index of the routes for anything else',
    content: { 'application/json': { schema: { type: 'object' } }, 'text/html': { schema: { type: 'string' } } },
  },
  302: { type: 'null', description: 'The page is there.' },
  ...problems(),
};

/** The built-in page of the board, for browsers: `GET /` is its HTML, or the API's page where it was not built. */
export const pageRoutes: FastifyPluginAsync<{ index: () => object }> = async (app, { index }) => {
  const isBuilt = existsSync(BUILT);
  const prefix = `${app.prefix}/web/`;
  // To load what sends them took as long as a tenth of a start.
  const files = aside(async (made) => {
    const { default: fastifyStatic } = await import('@fastify/static');
    await made.register(fastifyStatic, { root: BUILT, prefix, index: false, cacheControl: false });
  });

  app.get('/web/*', { schema: { hide: true } }, async (request, reply) =>
    isBuilt ? files(request, reply) : reply.callNotFound(),
  );

  app.get('/', { schema: { summary: 'What is here', tags: ['about'], response } }, async (request, reply) => {
    if (!isForPage(request)) return index();
    // Everything that the page names is relative to its address.
    const path = request.url.replace(/\?.*$/s, '');
    if (!path.endsWith('/')) return reply.redirect(`${path.slice(path.lastIndexOf('/') + 1)}/`);
    if (!isBuilt) return reply.redirect('docs');
    return files(request, reply.header('content-security-policy', POLICY), `${prefix}index.html`);
  });

  if (isBuilt) {
    app.get('/client.js', { schema: { hide: true } }, async (request, reply) =>
      files(request, reply, `${prefix}client.js`),
    );
  }
};

/** Whether a browser asks for the page, which takes nothing from its address. */
export function isForPage({ headers, routeOptions: { url }, server }: FastifyRequest): boolean {
  return (url === `${server.prefix}/` || url === server.prefix) && headers.accept?.includes('text/html') === true;
}
