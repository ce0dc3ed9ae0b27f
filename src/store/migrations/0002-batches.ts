import type { Kysely } from 'kysely';
import type { ColumnTypes } from '../dialects/languages/language.ts';

/**
 * A row for each of the last batches, instead of one for each process that it writes again and again. Nothing is carried
 * over: who waited for the fate of a batch has ended.
 */
export async function up(
  { schema }: Pick<Kysely<unknown>, 'schema'>,
  { number }: Pick<ColumnTypes, 'number'>,
): Promise<void> {
  await schema.dropTable('nodes').ifExists().execute();
  await schema
    .createTable('batches')
    .ifNotExists()
    .addColumn('id', number, (column) => column.primaryKey())
    .addColumn('noted', number, (column) => column.notNull())
    .execute();
}
