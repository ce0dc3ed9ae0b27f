import { readFile, rename, writeFile } from 'node:fs/promises';
import { parseCursor } from '../model/cursor.ts';
import { codeOf } from './error-code.ts';

/** Keeps how far a reader has come, in a file that holds a whole cursor at any moment. */
export class CursorFile {
  readonly #path: string;
  /** What it held when it was opened; `null`: there was none. */
  readonly found: string | null;
  #waiting: string | null = null;
  #writing: Promise<void> | null = null;
  #failure: unknown = null;

  private constructor(path: string, found: string | null) {
    this.#path = path;
    this.found = found;
  }

  static async open(path: string): Promise<CursorFile> {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    });
    const found = text?.trim() ?? null;
    if (found !== null) {
      try {
        parseCursor(found);
      } catch {
        throw new Error(`${path} holds no cursor. Name another file, or remove this one to begin anew.`);
      }
    }
    return new CursorFile(path, found);
  }

  /** Has a cursor written, at once or as soon as the one before is on the disk; of several that wait, the last. */
  save(cursor: string): void {
    if (this.#failure !== null) throw this.#failure;
    this.#waiting = cursor;
    this.#writing ??= this.#write();
  }

  /** Resolves once what was saved is on the disk. */
  async settle(): Promise<void> {
    await this.#writing;
    if (this.#failure !== null) throw this.#failure;
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting !== null) {
        const cursor = this.#waiting;
        this.#waiting = null;
        await writeFile(`${this.#path}.new`, `${cursor}\n`, { flush: true });
        await rename(`${this.#path}.new`, this.#path);
      }
    } catch (error) {
      this.#failure = error;
    }
    this.#writing = null;
  }
}
