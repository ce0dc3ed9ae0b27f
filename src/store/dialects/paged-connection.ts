import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';

/** A connection that brings rows by the page. Pages are bounded, so nothing is streamed, as Kysely's interface has it too. */
export abstract class PagedConnection implements DatabaseConnection {
  abstract executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>>;

  streamQuery(): never {
    throw new Error('rows are read by the page, not streamed');
  }
}
