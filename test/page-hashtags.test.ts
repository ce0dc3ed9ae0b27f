import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { DESK, open, say, shows, signUp, write } from './support/board-page.ts';
import { CHROMIUM, newContext } from './support/browser.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';

const skip = without(CHROMIUM);

for (const [name, text, topics, links] of [
  ['a hashtag and a mention are topics', 'Up #attic, @puppy!', ['attic', '@puppy'], ['#attic', '@puppy']],
  ['a part of a web address is none', 'https://example.org/?q=#frag', [], ['https://example.org/?q=#frag']],
  [
    'what stands behind a web address is',
    'https://example.org/a?b=@c, #attic',
    ['attic'],
    ['https://example.org/a?b=@c', '#attic'],
  ],
  [
    'the eleventh hashtag is none, and leads nowhere',
    '#a #b #c #d #e #f #g #h #i #j #k',
    [...'abcdefghij'],
    [...'abcdefghij'].map((letter) => `#${letter}`),
  ],
] as const) {
  test(`${name}: ${text}`, { skip }, async (t) => {
    const { api, url } = await startTestServer(t);
    await api.signUp('puppy');
    const page = await open(await newContext(t, DESK), url);
    await signUp(page, 'kitten');
    await say(page, text);
    await shows(page, [text]);
    assert.deepEqual(await linksOf(page), links);
    assert.deepEqual(
      (await api.board()).map((message) => message.topics.toSorted()),
      [topics.toSorted()],
    );
  });
}

test('a hashtag that an edit brings leads nowhere, and a mention to the person', { skip }, async (t) => {
  const { url } = await startTestServer(t);
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  await say(page, 'Up #attic!');
  await shows(page, ['Up #attic!']);
  await page.getByRole('button', { name: 'Edit this message' }).click();
  await write(page, 'Down the #cellar, not up #attic, @puppy!', 'Save');
  await shows(page, ['Down the #cellar, not up #attic, @puppy!']);
  assert.deepEqual(await linksOf(page), ['#attic', '@puppy']);
});

function linksOf(page: Page): Promise<string[]> {
  return page.locator('.message .text a').allTextContents();
}
