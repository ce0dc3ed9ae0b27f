import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { atEnd, type Scope } from './cleanup.ts';
import { coverPages } from './page-coverage.ts';

/** Without the background's requests, which a machine off the network answers with errors. */
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const CHROMIUM = '/usr/bin/chromium';

/** How long (ms) a browser may take to start: on a busy machine it has taken more than 30 s. */
const STARTING = 120_000;

/** @param args - besides the usual ones. */
export function launchBrowser(...args: readonly string[]): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...ARGUMENTS, ...args], timeout: STARTING });
}

/** A person's own browser: cookies, storage and window are shared with nobody. It is closed as the test ends. */
export async function newContext(scope: Scope, options: BrowserContextOptions): Promise<BrowserContext> {
  const browser = await launchBrowser();
  atEnd(scope, () => browser.close());
  const context = await browser.newContext(options);
  coverPages(scope, context);
  return context;
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe finds to keep people from using a page: its serious and critical faults. */
export async function seriousFaults(page: Page): Promise<string[]> {
  // The page's policy allows no script of others; what the inspector runs is not asked.
  await page.evaluate(await readFile(AXE, 'utf8'));
  const violations = await page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
