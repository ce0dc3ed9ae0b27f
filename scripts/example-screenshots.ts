import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { EXAMPLE_NAMES, type ExampleName, PASSWORD, serveExample } from '../example/serve.ts';

/** Makes the screenshots of the examples' READMEs: each on a desk, in light, and on a phone, in the dark. */
const DESK = { viewport: { width: 1000, height: 640 }, colorScheme: 'light' } as const;
const PHONE = { viewport: { width: 390, height: 740 }, colorScheme: 'dark', hasTouch: true, isMobile: true } as const;

/** What is on the picture, as the end of the page's address. */
const VIEWS: Record<ExampleName, { readonly desk: string; readonly phone: string }> = {
  chat: { desk: '#/room/lobby', phone: '#/' },
  forum: { desk: '#/board/Garden', phone: '#/thread/16' },
  microblog: { desk: '#/', phone: '#/person/puppy' },
};

const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
});
for (const name of EXAMPLE_NAMES) await shootAll(browser, name);
await browser.close();

async function shootAll(browser: Browser, name: ExampleName): Promise<void> {
  const { url, close } = await serveExample(name, 0);
  for (const [device, options] of Object.entries({ desk: DESK, phone: PHONE })) {
    const page = await (await browser.newContext(options)).newPage();
    await logIn(page, url);
    await page.goto(url + VIEWS[name][device === 'desk' ? 'desk' : 'phone']);
    await page.waitForTimeout(1000);
    await page.screenshot({ path: join(import.meta.dirname, '../example', name, `${device}.png`) });
    await page.context().close();
  }
  await close();
}

async function logIn(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Name').fill('kitten');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByLabel('Password').waitFor({ state: 'hidden' });
}
