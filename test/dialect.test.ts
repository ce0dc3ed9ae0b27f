/** A board by a dialect of Kysely's. What it does then, test/every-database.test.ts shows. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { PGlite } from '@electric-sql/pglite';
import { PGliteDialect, PostgresQueryCompiler } from 'kysely';
import { openBoard } from '../src/index.ts';

test('it is told what would be refused on a URL, and closes the database with itself', async () => {
  const pglite = new PGlite();
  const warnings: string[] = [];
  const board = await openBoard(
    { dialect: new PGliteDialect({ pglite }) },
    { onWarning: (sentence) => warnings.push(sentence) },
  );
  assert.match(warnings.join(), /fsync = off/);
  assert.match(board.description, /PGliteDialect/);
  assert.equal(pglite.closed, false);

  await board.close();
  assert.equal(pglite.closed, true);
});

test('a dialect of another language is refused, and leads nowhere', async () => {
  class Strange extends PostgresQueryCompiler {
    protected override getCurrentParameterPlaceholder(): string {
      return `:${this.numParameters}`;
    }
  }
  const dialect = new PGliteDialect({ pglite: () => assert.fail('it was opened') });
  dialect.createQueryCompiler = () => new Strange();
  await assert.rejects(openBoard({ dialect }), { code: 'bad-input', message: /"commits" where "id" = :1$/ });
});

test("PostgreSQL's own bell does not ring for it", async () => {
  const dialect = new PGliteDialect({ pglite: () => assert.fail('it was opened') });
  await assert.rejects(openBoard({ dialect }, { bell: 'postgres' }), { code: 'bad-input' });
});
