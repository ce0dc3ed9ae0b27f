import assert from 'node:assert/strict';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { type Example, type ExampleName, PASSWORD, serveExample } from '../../example/serve.ts';
import { newContext } from './browser.ts';
import { atEnd, type Scope } from './cleanup.ts';
import { eventually } from './eventually.ts';

/** An example, served for a test, and what people do in all of them. */

export const DESK = { viewport: { width: 1200, height: 800 } };
const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };
export const DEVICES: readonly (readonly [string, BrowserContextOptions])[] = [
  ['a desk', DESK],
  ['a phone', PHONE],
];

/** @param where - as an earlier one was served, to go on in its place. */
export async function startExample(
  scope: Scope,
  name: ExampleName,
  where: { readonly port?: number; readonly database?: string } = {},
): Promise<Example> {
  const example = await serveExample(name, where.port ?? 0, where.database);
  atEnd(scope, () => example.close());
  return example;
}

/** The example in a browser of somebody who has logged in. */
export async function logIn(
  scope: Scope,
  url: string,
  username: string,
  options: BrowserContextOptions,
): Promise<Page> {
  const page = await (await newContext(scope, options)).newPage();
  await page.goto(url);
  await logInAt(page, username);
  return page;
}

export async function logInAt(page: Page, username: string): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill(username);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  // Two of them load their page anew, and while there is none, nothing is shown.
  await page.locator('#entry[hidden]').waitFor({ state: 'attached' });
}

export function link(page: Page, text: string): Locator {
  return page.getByRole('link').filter({ hasText: text }).first();
}

/** @param label - of the button that sends it. */
export async function write(page: Page, text: string, label: string): Promise<void> {
  // The button is there once the view is that it belongs to; what is typed before would be gone with the last one.
  const button = page.getByRole('button', { name: label, exact: true });
  await button.waitFor();
  await page.locator('main textarea').last().fill(text);
  await button.click();
}

/** The texts of the messages that are shown, from the top. */
export function textsOf(page: Page): Promise<string[]> {
  return page.locator('main li p').allTextContents();
}

/** Waits until these are the texts that are shown, as many as are given from the end. */
export function ends(page: Page, ...texts: readonly string[]): Promise<void> {
  return eventually(async () => assert.deepEqual((await textsOf(page)).slice(-texts.length), texts));
}

/** Says yes to the next so many questions of the page. */
export function consent(page: Page, questions = 1): void {
  let left = questions;
  page.on('dialog', async function accept(dialog) {
    left -= 1;
    if (left === 0) page.off('dialog', accept);
    await dialog.accept();
  });
}
