import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DESK, goTo, open, say, shows, signUp, textsOf } from './support/board-page.ts';
import { CHROMIUM, newContext } from './support/browser.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';

const skip = without(CHROMIUM);

test('a thread whose first message is gone is answered at the oldest that is left', { skip }, async (t) => {
  const { api, url, board } = await startTestServer(t);
  await api.signUp('puppy');
  const puppy = board.as('puppy');
  const { id: thread } = await puppy.messages.post({ text: 'Who is here?' });
  const { id: oldest } = await puppy.messages.post({ text: 'Nobody?', replyTo: thread });
  await puppy.messages.delete(thread);
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  await goTo(page, `#/thread/${thread}`, 'Thread');
  await shows(page, ['Nobody?']);
  await say(page, 'I am.');
  await shows(page, ['Nobody?', 'I am.']);
  assert.deepEqual(
    (await api.board()).map(({ replyTo }) => replyTo),
    [thread, oldest],
  );
});

test('so is a long one, of which the page shows the end', { skip }, async (t) => {
  const { api, url, board } = await startTestServer(t);
  await api.signUp('puppy');
  const puppy = board.as('puppy');
  const { id: thread } = await puppy.messages.post({ text: 'Who is here?' });
  const answers = Array.from({ length: 60 }, (_, n) => ({ text: `Nobody? ${n}`, replyTo: thread }));
  const [oldest] = await puppy.messages.postMany(answers);
  await puppy.messages.delete(thread);
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  await goTo(page, `#/thread/${thread}`, 'Thread');
  await say(page, 'I am.');
  await page.locator('.message .text').getByText('I am.').waitFor();
  assert.equal((await textsOf(page)).length, 51);
  const { messages } = await board.as().messages.list({ user: ['kitten'] });
  assert.deepEqual(
    messages.map(({ replyTo }) => replyTo),
    [oldest?.id],
  );
});

test('a thread of which there is nothing invites nobody to write', { skip }, async (t) => {
  const { api, url, board } = await startTestServer(t);
  await api.signUp('puppy');
  const { id } = await board.as('puppy').messages.post({ text: 'Who is here?' });
  const page = await open(await newContext(t, DESK), url);
  const nothing = page.getByText('There is no such thread, or it is private.');
  await goTo(page, '#/thread/99999', 'Thread');
  await nothing.waitFor();
  await signUp(page, 'kitten');
  await nothing.waitFor();
  const box = page.getByRole('textbox', { name: 'Write an answer' });
  await box.waitFor({ state: 'hidden' });

  await goTo(page, `#/thread/${id}`, 'Thread');
  await box.waitFor();
  await shows(page, ['Who is here?']);
  await box.fill('I am.');
  await board.as('puppy').messages.delete(id);
  await nothing.waitFor();
  await box.waitFor({ state: 'hidden' });
});
