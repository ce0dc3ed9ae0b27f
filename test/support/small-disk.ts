import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd, type Scope } from './cleanup.ts';

/** A disk of a test's own. */
export interface SmallDisk {
  readonly dir: string;
  /** Nobody writes to it any more. */
  makeReadOnly(): void;
}

/** @param size - as mount takes it: `4m`. */
export function smallDisk(scope: Scope, size: string): SmallDisk {
  const { dir, unmount } = mounted(size);
  atEnd(scope, unmount);
  return { dir, makeReadOnly: () => run('mount', '-o', 'remount,ro', dir) };
}

/** Why there can be no disk here, or `false`. */
export function withoutDisks(): string | false {
  try {
    mounted('1m').unmount();
    return false;
  } catch (error) {
    return `cannot mount a disk: ${error instanceof Error ? error.message : error}`;
  }
}

function mounted(size: string): { readonly dir: string; unmount(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'msgboard-disk-'));
  const remove = () => rmSync(dir, { recursive: true });
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    dir,
    unmount() {
      run('umount', dir);
      remove();
    },
  };
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: 'pipe' });
}
