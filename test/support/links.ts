import assert from 'node:assert/strict';

/** What a `Link` header (RFC 8288) of the page at `path` leads to, by relation. Its targets must be relative. */
export function links(headers: Headers, path: string): Record<string, string> {
  const found = (headers.get('link') ?? '').matchAll(/<([^>]*)>\s*;\s*rel="?(\w+)"?/g);
  return Object.fromEntries(
    [...found].map(([, target = '', relation = '']) => {
      assert.doesNotMatch(target, /^[a-z]+:|^\/\//i);
      const { pathname, search } = new URL(target, new URL(path, 'http://somewhere'));
      return [relation, pathname + search];
    }),
  );
}
