import type { Client, ListQuery, Page } from '../model/client.ts';

/** A page after the other, in the order asked for, until there is no more. */
export async function* pages(client: Client, query: ListQuery = {}): AsyncGenerator<Page> {
  for (let next: ListQuery | null = query; next !== null; ) {
    const page: Page = await client.messages.list(next);
    if (page.messages.length === 0) return;
    yield page;
    next = page.next;
  }
}
