/**
 * What one would write instead, on a database server: `node plain-insert.ts PORT URL`.
 *
 * Fastify with a pool of connections, and one INSERT a request that commits by itself.
 */
import fastify from 'fastify';
import { plainTable } from './plain-table.ts';

const [port, url = ''] = process.argv.slice(2);

const { insert } = await plainTable(url);

const app = fastify();
app.post<{ Body: { text: string } }>(
  '/message',
  {
    schema: {
      body: { type: 'object', required: ['text'], properties: { text: { type: 'string', minLength: 1 } } },
      response: {
        201: {
          type: 'object',
          properties: { id: { type: 'integer' }, text: { type: 'string' }, created: { type: 'string' } },
        },
      },
    },
  },
  async (request, reply) => {
    const { text } = request.body;
    const created = new Date().toISOString();
    return reply.code(201).send({ id: await insert(text, created), text, created });
  },
);
await app.listen({ port: Number(port), host: '127.0.0.1' });
