import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { CHROMIUM, newContext } from './support/browser.ts';
import { eventually } from './support/eventually.ts';
import { MODULES } from './support/runtimes.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';
import { ROOT } from './support/snippets.ts';

/** A program that shows a mirror in a page, as its framework has it. */
interface Framework {
  /** The folder of its package. */
  readonly dir: string;
  readonly program: () => Promise<string>;
}

interface SvelteCompiler {
  compile(source: string, options: object): { readonly js: { readonly code: string } };
}

const PETS = `
  import { connect, mirror } from '${ROOT}/src/client.ts';
  const pets = mirror(connect('/'), { topic: ['pets'] });
`;

const FRAMEWORKS: Record<string, Framework> = {
  React: {
    dir: join(MODULES, 'react-dom'),
    program: async () => `
      import { createElement, useSyncExternalStore } from 'react';
      import { createRoot } from 'react-dom/client';
      ${PETS}
      function Pets() {
        const { messages } = useSyncExternalStore(pets.subscribe, pets.getSnapshot);
        return createElement('ul', {}, messages.map(({ id, text }) => createElement('li', { key: id }, text)));
      }
      createRoot(document.body).render(createElement(Pets));
    `,
  },
  Svelte: {
    dir: join(MODULES, 'svelte'),
    program: async () => {
      const component = `
        <script>${PETS}</script>
        <ul>{#each $pets.messages as { id, text } (id)}<li>{text}</li>{/each}</ul>
      `;
      const { compile }: SvelteCompiler = await import(
        pathToFileURL(join(MODULES, 'svelte/src/compiler/index.js')).href
      );
      const { js } = compile(component, { generate: 'client', name: 'Pets' });
      return `import { mount } from 'svelte';\n${js.code.replace('export default ', '')}\nmount(Pets, { target: document.body });`;
    },
  },
};

for (const [name, { dir, program }] of Object.entries(FRAMEWORKS)) {
  test(`${name} shows a mirror, and all that becomes of it`, { skip: without(CHROMIUM, dir) }, async (t) => {
    const { url, api } = await startTestServer(t);
    const kitten = await api.signUp('kitten');
    const first = await api.say(kitten, { text: 'I love kittens!', topics: ['pets'] });
    const page = await (await newContext(t, {})).newPage();
    const faults: string[] = [];
    page.on('pageerror', ({ message }) => faults.push(message));
    await page.goto(`${url}/health/live`);
    await page.addScriptTag({ content: await bundle(await program()) });
    const shows = (...texts: readonly string[]) =>
      eventually(async () => assert.deepEqual(await page.locator('li').allTextContents(), texts));

    await shows('I love kittens!');
    const second = await api.say(kitten, { text: 'Me too.', topics: ['pets'] });
    await shows('I love kittens!', 'Me too.');
    await api.put(`/message/${first.id}`, { text: 'I love all kittens!' }, { as: kitten });
    await shows('I love all kittens!', 'Me too.');
    await api.delete(`/message/${second.id}`, { as: kitten });
    await shows('I love all kittens!');
    assert.deepEqual(faults, []);
  });
}

async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT },
    nodePaths: [MODULES],
    bundle: true,
    write: false,
    format: 'iife',
    define: { 'process.env.NODE_ENV': '"production"' },
    conditions: ['browser', 'svelte'],
  });
  return outputFiles[0]?.text ?? '';
}
