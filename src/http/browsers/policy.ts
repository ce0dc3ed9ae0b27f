/**
 * What a page of ours may do: nothing from elsewhere, nothing inline, and in nobody's frame. Nothing is upgraded to HTTPS, which
 * a board need not have.
 *
 * @param images - where these may come from.
 */
export function policyOf(images: readonly ("'self'" | 'data:')[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src ${images.join(' ')}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
