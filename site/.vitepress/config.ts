import { readFileSync } from 'node:fs';
import { copyFile, cp } from 'node:fs/promises';
import { join } from 'node:path';
import { slug } from 'github-slugger';
import { type DefaultTheme, defineConfig, type MarkdownOptions } from 'vitepress';

/** The project itself: its documents are read where they are, and a link that works there works here. */
const SOURCE = join(import.meta.dirname, '../..');

const PAGES: Readonly<Record<string, readonly string[]>> = {
  Begin: ['README.md', 'docs/uses/chat.md', 'docs/uses/embed.md', 'docs/uses/users.md', 'docs/uses/bots.md'],
  Use: ['docs/api.md', 'docs/client.md', 'docs/library.md'],
  Run: [
    'docs/operations.md',
    'docs/command-line.md',
    'docs/configuration.md',
    'docs/troubleshooting.md',
    'docs/scaling.md',
    'docs/moving.md',
    'docs/backup.md',
    'docs/guarantees.md',
    'docs/threat-model.md',
    'SECURITY.md',
  ],
  Understand: ['docs/architecture.md', 'docs/performance.md', 'bench/README.md', 'CHANGELOG.md', 'LICENSE.md'],
  Examples: ['example/chat/README.md', 'example/forum/README.md', 'example/microblog/README.md'],
};

type Renderer = Parameters<NonNullable<MarkdownOptions['config']>>[0];

export default defineConfig({
  title: 'msgboard',
  description: 'The bare bones of any messaging system: users, messages and a live stream, over plain HTTP.',
  head: [['link', { rel: 'icon', href: '/icon.svg' }]],
  srcDir: SOURCE,
  srcExclude: ['**/node_modules/**', 'site/**', 'test/**', 'src/**'],
  outDir: 'dist',
  cacheDir: 'node_modules/.vitepress',
  rewrites: indexFor,
  ignoreDeadLinks: 'localhostLinks',
  markdown: { config: linkWithin, anchor: { slugify: (heading) => slug(heading) } },
  // The pages import it from where they are, and there it is not installed.
  vite: {
    resolve: { alias: [{ find: /^vue(?=$|\/)/, replacement: join(import.meta.dirname, '../node_modules/vue') }] },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: Object.entries(PAGES).map(([text, pages]) => ({ text, items: pages.map(itemOf) })),
  },
  async buildEnd({ pages, outDir }) {
    await copyFile(join(SOURCE, 'src/web/icon.svg'), join(outDir, 'icon.svg'));
    await cp(join(SOURCE, 'deploy'), join(outDir, 'deploy'), { recursive: true });
    const listed = new Set(Object.values(PAGES).flat());
    const lost = pages.filter((page) => !listed.has(page));
    if (lost.length > 0) throw new Error(`Not in the sidebar, and so not to be found: ${lost.join(', ')}`);
  },
});

/** Where a folder is a page, its README is. */
function indexFor(path: string): string {
  return path.replace(/(^|\/)README\.md\b/, '$1index.md');
}

function itemOf(page: string): DefaultTheme.SidebarItem {
  const [, text = page] = /^# (.+)$/m.exec(readFileSync(join(SOURCE, page), 'utf8')) ?? [];
  return { text, link: `/${indexFor(page).replace(/(?:index)?\.md$/, '')}` };
}

/** To where a page or a file is on the site; a file is there to be had, and no page. */
function linkWithin(renderer: Renderer): void {
  renderer.core.ruler.push('link-within', ({ tokens }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.attrGet('href');
      if (href === null || /^\w+:/.test(href)) continue;
      token.attrSet('href', indexFor(href));
      if (/(^|\/)deploy\//.test(href)) token.attrSet('download', '');
    }
  });
}
