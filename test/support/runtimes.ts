import { join } from 'node:path';
import { ROOT } from './snippets.ts';

const { platform, arch } = process;
const MODULES = join(ROOT, 'node_modules');

/**
 * The programs themselves, from the packages that npm installs for each platform. What `bun` and `deno` would do to them as
 * they are installed is not done (`allowScripts` in package.json), nor needed.
 */
export const BUN = join(MODULES, `@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}/bin/bun`);
export const DENO = join(MODULES, `@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}/deno`);
