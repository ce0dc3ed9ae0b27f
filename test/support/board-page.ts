import assert from 'node:assert/strict';
import type { BrowserContext, Page, Route } from 'playwright-core';
import { eventually } from './eventually.ts';

/** The built-in page, and what people do on it. */

export const DESK = { viewport: { width: 1200, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };

export async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('#status[data-state=live]').waitFor();
  return page;
}

export const signUp = (page: Page, name: string) => enter(page, 'Sign up', name);
export const logIn = (page: Page, name: string) => enter(page, 'Log in', name);

async function enter(page: Page, way: 'Sign up' | 'Log in', name: string): Promise<void> {
  await page.getByRole('button', { name: way }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Username').fill(name);
  await dialog.getByLabel('Password').fill('yarn');
  await dialog.getByRole('button', { name: way }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name, exact: true }).waitFor();
}

export async function logOut(page: Page): Promise<void> {
  await choose(page, 'Log out');
  await page.getByRole('button', { name: 'Log in' }).waitFor();
}

/** An entry of the menu that is behind one's name. */
export async function choose(page: Page, entry: string): Promise<void> {
  await page.getByTitle('Your account').click();
  await page.getByRole('button', { name: entry, exact: true }).click();
}

/** Another place of the same page, by its address. */
export async function goTo(page: Page, hash: string, heading: string): Promise<void> {
  await page.goto(new URL(hash, page.url()).href);
  await page.getByRole('heading', { name: heading, exact: true }).waitFor();
}

export const say = (page: Page, text: string) => write(page, text);

export async function write(page: Page, text: string, label = 'Send'): Promise<void> {
  await page.locator('.composer textarea').fill(text);
  await page.getByRole('button', { name: label, exact: true }).click();
}

export function textsOf(page: Page): Promise<string[]> {
  return page.locator('.message .text').allTextContents();
}

export function shows(page: Page, texts: readonly string[]): Promise<void> {
  return eventually(async () => assert.deepEqual(await textsOf(page), texts));
}

/** The next message that `page` posts, held back until one says what becomes of it. */
export function nextPost(page: Page): Promise<Route> {
  return new Promise((resolve) => void page.route('**/message', resolve, { times: 1 }));
}
