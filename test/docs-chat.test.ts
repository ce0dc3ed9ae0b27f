import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { CHROMIUM, newContext, seriousFaults } from './support/browser.ts';
import { eventually } from './support/eventually.ts';
import { startProgram } from './support/program.ts';
import { started } from './support/running.ts';
import { without } from './support/settings.ts';
import { freePort, newHome, readDoc } from './support/snippets.ts';

const { blocks } = await readDoc('docs/uses/chat.md');
const [html] = blocks.filter(({ language }) => language === 'html');
const steps = blocks.filter(({ language }) => language === 'js').map(({ code }) => code);
const shell = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code);
const skip = without(CHROMIUM, 'python3');

test('the first step of the chat shows a room live, without a log-in', { skip }, async (t) => {
  const { api, open } = await serve(t, steps.slice(0, 1));
  const page = await open();
  const puppy = await api.signUp('puppy');
  await api.say(puppy, { text: 'Woof!', topics: ['lobby'] });
  await shows(page, 'puppy: Woof!');
});

test('the chat has log-in, rooms and what is said, live', { skip }, async (t) => {
  const { open } = await serve(t, steps);
  const [kitten, puppy] = [await open(), await open()];
  await enter(kitten, 'kitten', 'yarn', 'Sign up');
  await enter(puppy, 'puppy', 'bone', 'Sign up');
  await say(kitten, 'I love kittens!');
  await say(puppy, '<b>Woof!</b>');
  for (const page of [kitten, puppy]) await shows(page, 'kitten: I love kittens!', 'puppy: <b>Woof!</b>');

  await kitten.evaluate("location.hash = 'mice & cheese'");
  await shows(kitten);
  await say(kitten, 'Here they are.');
  await puppy.getByRole('link', { name: '# mice & cheese' }).click();
  await shows(puppy, 'kitten: Here they are.');
  await kitten.getByRole('link', { name: '# lobby' }).click();
  await shows(kitten, 'kitten: I love kittens!', 'puppy: <b>Woof!</b>');

  await kitten.reload();
  await say(kitten, 'Still me.');
  await kitten.getByRole('button', { name: 'Log out' }).click();
  await enter(kitten, 'kitten', 'wool', 'Log in');
  await eventually(async () => assert.match(await kitten.getByRole('alert').innerText(), /password/));
  await enter(kitten, 'kitten', 'yarn', 'Log in');
  await say(kitten, 'Back.');
  await shows(kitten, 'kitten: I love kittens!', 'puppy: <b>Woof!</b>', 'kitten: Still me.', 'kitten: Back.');
  assert.deepEqual(await seriousFaults(kitten), []);
});

test('the chat goes on without a log-in that has ended', { skip }, async (t) => {
  const { api, open } = await serve(t, steps);
  const page = await open();
  await enter(page, 'kitten', 'yarn', 'Sign up');
  await say(page, 'I love kittens!');
  await api.delete('/session?all=1', { as: { username: 'kitten', password: 'yarn' } });
  await page.reload();
  await page.getByLabel('Password').waitFor();
  await shows(page, 'kitten: I love kittens!');
});

/** A board and a folder, as the document has them started, with these steps of the script. */
async function serve(t: TestContext, parts: readonly string[]) {
  const home = await newHome(t);
  const port = await freePort();
  const [, origin = ''] = /--cors (\S+)$/m.exec(shell[0] ?? '') ?? [];
  const [, folder = ''] = /python3 (.*)$/m.exec(shell[1] ?? '') ?? [];
  const ours = (text: string) => text.replaceAll('8000', `${port}`);
  const { url, api } = await startProgram(t, ['--port', '0', '--database', 'sqlite::memory:', '--cors', ours(origin)]);
  const script = parts.join('\n').replaceAll('localhost:5000', new URL(url).host.replace('127.0.0.1', 'localhost'));
  await writeFile(join(home, 'index.html'), html?.code ?? '');
  await writeFile(join(home, 'chat.js'), script);
  await started(t, 'python3', ours(folder).split(' '), { cwd: home }).answers(ours(origin));

  const open = async () => {
    const page = await (await newContext(t, { viewport: { width: 500, height: 700 } })).newPage();
    page.on('pageerror', (error) => assert.fail(error));
    await page.goto(ours(origin));
    return page;
  };
  return { api, open };
}

async function enter(page: Page, username: string, password: string, how: 'Log in' | 'Sign up'): Promise<void> {
  await page.getByLabel('Name').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: how }).click();
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
  await eventually(async () => assert.equal(await page.getByLabel('Message').inputValue(), ''));
}

function shows(page: Page, ...lines: readonly string[]): Promise<void> {
  return eventually(async () => assert.deepEqual(await page.locator('#messages li').allTextContents(), lines));
}
