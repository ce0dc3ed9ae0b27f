import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { EXAMPLE_NAMES, type ExampleName } from '../example/serve.ts';
import { DESK, DEVICES, link, logIn, startExample, textsOf } from './support/example-page.ts';
import { without } from './support/settings.ts';
import { ROOT, run } from './support/snippets.ts';

const skip = without('/usr/bin/chromium');

/** As long as the board takes them. */
const HOSTILE = [
  '<img src=x onerror="window.broken = true"><script>window.broken = true</script>',
  '\u202egnitirw ruoy ni deppirt saw I',
  '😀'.repeat(10_000),
  'w'.repeat(10_000),
];

/** Where each example shows what was posted to the topic `<b>`; the last is where all that answers a message is shown. */
const PLACES: Record<ExampleName, (id: number) => readonly string[]> = {
  chat: () => ['#/', '#/room/%3Cb%3E'],
  forum: (id) => ['#/', '#/board/%3Cb%3E', `#/thread/${id}`],
  microblog: (id) => ['#/', '#/all', '#/person/puppy', '#/topic/%3Cb%3E', `#/post/${id}`],
};

for (const name of EXAMPLE_NAMES) {
  test(`${name} shows all text as text, and none breaks the layout`, { skip }, async (t) => {
    const { url, board } = await startExample(t, name);
    const { messages } = board.as('puppy');
    const post = (text: string) => {
      const title = [...text].slice(0, 1000).join(''); // of emoji, as much as there is room for in `data`
      return messages.post({ text, topics: ['<b>', 'x'.repeat(100)], data: { title } });
    };
    const { id } = await post('w'.repeat(10_000));
    for (const text of HOSTILE) await messages.post({ text, replyTo: id });
    for (const text of HOSTILE) await post(text);
    for (const [device, options] of DEVICES) {
      const page = await logIn(t, url, 'kitten', options);
      for (const place of PLACES[name](id)) {
        await page.goto(url + place);
        await page.getByText('wwwww').filter({ visible: true }).first().waitFor();
        const overhang = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        assert.ok(Number(overhang) <= 0, `on ${device}, ${place} is ${overhang} px wider than its window`);
      }
      const texts = await textsOf(page);
      for (const text of HOSTILE) assert.ok(texts.includes(text), text.slice(0, 80));
      assert.equal(await page.evaluate("'broken' in globalThis"), false);
      assert.equal(await page.locator('img, body script').count(), 0);
    }
  });

  test(`${name} is at most 300 lines of its own, in a folder with a README that shows it`, async () => {
    const dir = join(ROOT, 'example', name);
    const files = await Promise.all(
      ['index.html', 'style.css', 'main.js'].map((file) => readFile(join(dir, file), 'utf8')),
    );
    const lines = files.join('').split('\n').length - 1;
    assert.ok(lines <= 300, `${lines} lines`);
    assert.ok(
      files
        .join('')
        .split('\n')
        .every((line) => line.length <= 160),
      'no line is longer than a screen is wide',
    );

    const readme = await readFile(join(dir, 'README.md'), 'utf8');
    for (const picture of ['desk.png', 'phone.png']) {
      assert.ok(readme.includes(`](${picture})`), picture);
      assert.ok((await readFile(join(dir, picture))).length < 100_000, `${picture} is small`);
    }
  });
}

for (const [name, sight] of [
  ['forum', 'Garden'],
  ['microblog', 'puppy'],
] as const) {
  test(`${name}: whoever comes back with a session that has ended reads`, { skip }, async (t) => {
    const { url, board } = await startExample(t, name);
    const page = await logIn(t, url, 'kitten', DESK);
    await page.goto('about:blank');
    await board.as('kitten').sessions.close({ all: true });
    await page.goto(url);
    await link(page, sight).waitFor();
    await page.getByLabel('Password').waitFor();
  });
}

test('an example that is none is answered with the names of those that are', async (t) => {
  const { code, errors } = await run(t, process.execPath, [join(ROOT, 'example/serve.ts'), 'nothing'], { cwd: ROOT });
  assert.equal(code, 1);
  for (const name of EXAMPLE_NAMES) assert.ok(errors.includes(name), errors);
});
