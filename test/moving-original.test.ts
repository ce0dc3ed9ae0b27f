import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { isPasswordHash } from '../src/board/passwords.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { runToEnd } from './support/program.ts';
import { startTestServer } from './support/server.ts';

/** Made by Werkzeug itself. */
const HASHES = {
  yarn: 'pbkdf2:sha1:1000$9pk2lYqm$7f65d8c13c68ba2f99aaa47d371bedbbc1428e37',
  wool: 'pbkdf2:sha256:50000$oxlvg7in$af6a2578eb11ab5621712d40b3ba46915e180e7244549da9f43ca6c9a7a73942',
  silk: 'scrypt:32768:8:1$1QDKQ9qt$09fe4af40332197100296b775572c6e53bbb079a2dde20b668c31611f7b8f54c2525052bceddb35f4d560602a51402a46adad091bf061aec32b178fede5bfdee',
} as const;

/** As Flask and SQLAlchemy made it. */
function makeOriginal(file: string): void {
  const database = new DatabaseSync(file);
  database.exec(`
    create table users (id integer not null primary key, username varchar(30) unique, password varchar(255), bio text);
    create table posts (id integer not null primary key, text text, user_id integer references users (id), created datetime);
  `);
  const addUser = database.prepare('insert into users values (?, ?, ?, ?)');
  addUser.run(1, 'kitten', HASHES.yarn, 'A cute ittle kitten.');
  addUser.run(2, 'puppy', HASHES.wool, null);
  addUser.run(5, 'Kitten', HASHES.silk, '');
  addUser.run(6, 'old dog!', 'md5$salt$0123456789abcdef0123456789abcdef', null);
  const addPost = database.prepare('insert into posts values (?, ?, ?, ?)');
  addPost.run(1, 'I love kittens!', 1, '2016-03-01 12:30:00.250000');
  addPost.run(2, 'Me too.\n🐶', 2, null);
  addPost.run(40, 'Forty.', 6, '2016-03-02 00:00:00');
  database.close();
}

test('a board of 2016 moves in one command, and its people log in with their old passwords', async (t) => {
  const database = await temporaryDatabase(t, undefined);
  const file = join(database.dir, 'board-2016.db');
  makeOriginal(file);
  const before = await readFile(file);

  const { code, output } = await runToEnd(['import', '--from', file, '-d', database.url]);
  assert.equal(code, 0, output);
  assert.match(output, /user 5, Kitten, is called Kitten_5 here/);
  assert.match(output, /user 6, old dog!, is called old_dog_6? here/);
  assert.match(output, /1 passwords are stored in a way that is not known/);
  assert.match(output, /Imported 4 users and 3 messages/);
  assert.deepEqual(await readFile(file), before, 'it was written to');

  const hashOf = (id: number) => {
    const board = new DatabaseSync(database.file, { readOnly: true });
    const row = board.prepare('select password_hash from users where id = ?').get(id);
    board.close();
    return String(row?.['password_hash']);
  };
  const { api } = await startTestServer(t, { database });
  const { body } =
    await api.get<{ id: number; text: string; created: string; user: { username: string } }[]>('/messages');
  assert.deepEqual(
    body.map(({ id, text, user }) => [id, text, user.username]),
    [
      [1, 'I love kittens!', 'kitten'],
      [2, 'Me too.\n🐶', 'puppy'],
      [40, 'Forty.', 'old_dog_'],
    ],
  );
  assert.equal(body[0]?.created, '2016-03-01T12:30:00.250Z');

  for (const [id, username, password] of [
    [1, 'kitten', 'yarn'],
    [2, 'puppy', 'wool'],
    [5, 'Kitten_5', 'silk'],
  ] as const) {
    assert.equal((await api.get('/user', { as: { username, password: 'wrong' } })).status, 401);
    assert.equal(hashOf(id), HASHES[password], 'a wrong password changes nothing');
    assert.equal((await api.get('/user', { as: { username, password } })).status, 200);
    assert.match(hashOf(id), /^\$argon2id\$/);
    assert.equal((await api.get('/user', { as: { username, password } })).status, 200);
  }
  const { id } = (
    await api.post<{ id: number }>('/message', { text: 'on' }, { as: { username: 'puppy', password: 'wool' } })
  ).body;
  assert.equal(id, 44, 'after 40 posts and three accounts that have changed');
});

test('a hash that would keep the board busy is none', () => {
  const tail = `$salt$${'0'.repeat(64)}`;
  for (const [method, isOne] of [
    ['pbkdf2:sha256:1000000', true],
    ['pbkdf2:sha256:1000001', false],
    ['pbkdf2:sha256:0', false],
    ['pbkdf2:md5:1000', false],
    ['scrypt:32768:8:1', true],
    ['scrypt:1048576:8:1', false],
    ['scrypt:32768:8:9', false],
    ['scrypt:30000:8:1', false],
  ] as const)
    assert.equal(isPasswordHash(method + tail), isOne, method);
});

test('what ended an import is corrected in its place; after rows were removed, it begins with an empty database', async (t) => {
  const { dir, url } = await temporaryDatabase(t, undefined);
  const file = join(dir, 'old.db');
  const old = new DatabaseSync(file);
  atEnd(t, () => old.close());
  old.exec(`create table users (id integer primary key, username text, password text);
    create table posts (id integer primary key, text text, user_id integer);
    insert into users values (1, 'kitten', 'yarn'); insert into posts values (1, 'meow', 1), (2, '', 1), (3, '', 1)`);
  const importTo = (database: string) => runToEnd(['import', '--from', file, '-d', database]);
  assert.match((await importTo(url)).output, /posts, id 2: /);
  old.exec("update posts set text = 'purr' where id = 2");
  assert.match((await importTo(url)).output, /posts, id 3: /);

  old.exec('delete from posts where id = 3');
  const refused = await importTo(url);
  assert.equal(refused.code, 1);
  assert.match(refused.output, /before rows were added or removed\..* begin with an empty database\.\n$/);
  assert.match((await importTo(`sqlite:${join(dir, 'new.db')}`)).output, /Imported 1 users and 2 messages/);
});

for (const [name, sql, told] of [
  ['without posts', 'create table users (id integer primary key, username text, password text)', /no table posts/],
  [
    'without names',
    'create table users (id integer primary key, password text); create table posts (id integer primary key, text text, user_id integer)',
    /users has no column username/,
  ],
  [
    'with a post of nobody',
    `create table users (id integer primary key, username text, password text);
     create table posts (id integer primary key, text text, user_id integer); insert into posts values (7, 'hello', 3)`,
    /posts, id 7: userId: there is no user 3/,
  ],
] as const) {
  test(`a board of 2016 ${name} is refused in a sentence`, async (t) => {
    const { dir } = await temporaryDatabase(t, undefined);
    const file = join(dir, 'old.db');
    const old = new DatabaseSync(file);
    atEnd(t, () => old.close());
    old.exec(sql);
    const { code, output } = await runToEnd(['import', '--from', file, '-d', 'sqlite::memory:']);
    assert.deepEqual([code, told.test(output)], [1, true], output);
  });
}
