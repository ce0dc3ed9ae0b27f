/** A database's URL without what must not be shown: passwords, and parameters that may hold some. */
export function publicUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
