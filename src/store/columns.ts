import { hash } from 'node:crypto';

/** The ids of those who see a private message, sorted; of a public one, none. */
export function peopleOf(row: { readonly people: string | null }): readonly number[] {
  return row.people === null ? [] : (JSON.parse(row.people) as number[]);
}

/** The topics of a message or thread. */
export function topicsOf(row: { readonly topics: string }): readonly string[] {
  return row.topics === '[]' ? [] : (JSON.parse(row.topics) as string[]);
}

/** Whether a message or thread is for everybody. */
export function isPublic(row: { readonly audience: number }): boolean {
  return row.audience === 0;
}

/** What a set of people, sorted, is known by. */
export function audienceHash(people: readonly number[]): string {
  return hash('sha256', JSON.stringify(people), 'base64url');
}
