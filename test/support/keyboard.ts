import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { eventually } from './eventually.ts';

/** A person who has nothing but a keyboard. */
export class Keyboard {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#page.keyboard.press(key);
  }

  /** @param on - once the focus is on this, as {@link goTo} names it. Default: wherever it is. */
  async type(text: string, on = ''): Promise<void> {
    await eventually(async () => assert.ok((await this.#focus()).startsWith(on), await this.#focus()));
    await this.#page.keyboard.type(text);
  }

  /**
   * Goes on to what begins with this role and name, such as `button "Log in"`. Wherever it comes by, it can be seen.
   *
   * @param key - `Shift+Tab`: backwards.
   */
  goTo(target: string, key = 'Tab'): Promise<void> {
    return eventually(async () => {
      const passed: string[] = [];
      for (let steps = 0; steps < 100; steps++) {
        await this.press(key);
        const focus = await this.#focus();
        if (focus.startsWith(target)) return;
        passed.push(focus);
      }
      assert.fail(`${target} is not among ${passed.join(', ')}`);
    });
  }

  async #focus(): Promise<string> {
    const focused = this.#page.locator('body :focus');
    if ((await focused.count()) === 0) return '';
    const outline = await focused.evaluate('(element) => getComputedStyle(element).outlineStyle');
    const [snapshot = ''] = (await focused.ariaSnapshot()).split('\n');
    assert.notEqual(outline, 'none', `one does not see that the focus is on ${snapshot}`);
    return snapshot.replace(/^- '?/, '');
  }
}
