import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyPluginAsync } from 'fastify';
import { problems } from '../problem.ts';

/** What `npm run build` makes for browsers; from sources and from the published package alike. */
const BUILT = fileURLToPath(new URL('../../../dist/web/', import.meta.url));

/** Nothing from elsewhere, nothing inline, and in nobody's frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

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
  await app.register(fastifyStatic, {
    root: BUILT,
    prefix: '/web/',
    index: false,
    decorateReply: isBuilt,
    cacheControl: false,
  });

  app.get('/', { schema: { summary: 'What is here', tags: ['about'], response } }, async (request, reply) => {
    if (!request.headers.accept?.includes('text/html')) return index();
    // Everything that the page names is relative to its address.
    const path = request.url.replace(/\?.*$/s, '');
    if (!path.endsWith('/')) return reply.redirect(`${path.slice(path.lastIndexOf('/') + 1)}/`);
    return isBuilt ? reply.header('content-security-policy', POLICY).sendFile('index.html') : reply.redirect('docs');
  });

  if (isBuilt) {
    app.get('/client.js', { schema: { hide: true } }, async (_, reply) => reply.sendFile('client.js'));
  }
};
