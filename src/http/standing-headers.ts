/** What every answer says of itself. */
export const STANDING_HEADERS = {
  'cache-control': 'private, no-cache',
  'x-content-type-options': 'nosniff',
  vary: 'Accept, Authorization, Cookie, Origin',
} as const;

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Where a message that was just posted is from now on, seen from where it was posted. */
export function locationOf({ id }: { readonly id: number }): string {
  return `message/${id}`;
}
