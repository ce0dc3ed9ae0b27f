/**
 * What one would write instead, in an hour: `node plain-fastify.ts PORT DATABASE MESSAGES`.
 *
 * Fastify as its guide shows it on node:sqlite; as durable as ours, one transaction a request. It begins with so many
 * messages.
 */
import { DatabaseSync } from 'node:sqlite';
import fastify from 'fastify';
import { messageText } from '../message-text.ts';

const [port, file = '', messages] = process.argv.slice(2);

const database = new DatabaseSync(file);
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE user (id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, bio TEXT, created TEXT NOT NULL);
  CREATE TABLE message (
    id INTEGER PRIMARY KEY, text TEXT NOT NULL, author INTEGER NOT NULL REFERENCES user, created TEXT NOT NULL, edited TEXT
  );
`);

const fields = `SELECT message.id, text, message.created, edited, author, username, bio, user.created AS joined
  FROM message JOIN user ON user.id = author`;
const insert = database.prepare('INSERT INTO message (text, author, created) VALUES (?, 1, ?) RETURNING id');
const selectUser = database.prepare('SELECT id, username, bio, created FROM user WHERE id = 1');
const selectOne = database.prepare(`${fields} WHERE message.id = ?`);
const selectPage = database.prepare(`${fields} ORDER BY message.id LIMIT ?`);

const start = new Date().toISOString();
database.prepare('INSERT INTO user VALUES (1, ?, ?, ?)').run('kitten', 'A cute ittle kitten.', start);
database.exec('BEGIN');
for (let i = 0; i < Number(messages); i += 1) insert.get(messageText, start);
database.exec('COMMIT');

const nullableString = { type: ['string', 'null'] };
const user = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    username: { type: 'string' },
    bio: nullableString,
    created: { type: 'string' },
  },
};
const message = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    text: { type: 'string' },
    user,
    created: { type: 'string' },
    edited: nullableString,
  },
};

const app = fastify();

app.post<{ Body: { text: string } }>(
  '/message',
  {
    schema: {
      body: { type: 'object', required: ['text'], properties: { text: { type: 'string', minLength: 1 } } },
      response: { 201: message },
    },
  },
  async (request, reply) => {
    const { text } = request.body;
    const created = new Date().toISOString();
    const row = insert.get(text, created);

    return reply.code(201).send({ id: row?.['id'], text, user: selectUser.get(), created, edited: null });
  },
);

app.get<{ Params: { id: number } }>(
  '/message/:id',
  { schema: { params: { type: 'object', properties: { id: { type: 'integer' } } }, response: { 200: message } } },
  async (request, reply) => {
    const row = selectOne.get(request.params.id);

    return row ? nested(row) : reply.code(404).send();
  },
);

app.get<{ Querystring: { limit: number } }>(
  '/messages',
  {
    schema: {
      querystring: { type: 'object', properties: { limit: { type: 'integer', default: 20, maximum: 100 } } },
      response: { 200: { type: 'array', items: message } },
    },
  },
  async (request) => selectPage.all(request.query.limit).map(nested),
);

await app.listen({ port: Number(port), host: '127.0.0.1' });

function nested({ author, username, bio, joined, ...row }: Record<string, unknown>): object {
  return { ...row, user: { id: author, username, bio, created: joined } };
}
