/**
 * What one would write instead, on a database server: `node plain-insert.ts PORT URL`.
 *
 * Fastify with a pool of connections, and one INSERT a request that commits by itself.
 */
import fastify from 'fastify';
import { createPool } from 'mysql2/promise';
import pg from 'pg';

const [port, url = ''] = process.argv.slice(2);

/** As many as `pg` and `mysql2` open by default. */
const CONNECTIONS = 10;

const insert = url.startsWith('postgres:') ? await onPostgres() : await onMariadb();

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

async function onPostgres() {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  await pool.query('create table message (id bigserial primary key, text text not null, created text not null)');
  return async (text: string, created: string) => {
    const { rows } = await pool.query<{ id: string }>({
      name: 'insert',
      text: 'insert into message (text, created) values ($1, $2) returning id',
      values: [text, created],
    });
    return Number(rows[0]?.id);
  };
}

async function onMariadb() {
  const pool = createPool({ uri: url.replace(/^mariadb:/, 'mysql:'), connectionLimit: CONNECTIONS });
  await pool.query(
    'create table message (id bigint primary key auto_increment, text text not null, created text not null)',
  );
  return async (text: string, created: string) => {
    const [{ insertId }] = await pool.query<import('mysql2').ResultSetHeader>(
      'insert into message (text, created) values (?, ?)',
      [text, created],
    );
    return insertId;
  };
}
