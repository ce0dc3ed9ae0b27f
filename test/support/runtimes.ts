import { join } from 'node:path';
import { RUNTIMES } from './settings.ts';

const { platform, arch } = process;
/** Where their packages are. */
export const MODULES = join(RUNTIMES, 'node_modules');

/**
 * The programs themselves, from the packages that npm installs for each platform. What `bun` and `deno` would do to them as
 * they are installed is not done (`allowScripts` in their package.json), nor needed.
 */
export const BUN = join(MODULES, `@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}/bin/bun`);
export const DENO = join(MODULES, `@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}/deno`);

/** The command line of Next.js, a program for Node. */
export const NEXT = join(MODULES, 'next/dist/bin/next');

/** The oldest Node that is promised to do. */
export const NODE_24 = join(MODULES, 'node-24/bin/node');
