import { spawnSync } from 'node:child_process';

/** Where Debian's package puts it. */
export const nginx = '/usr/sbin/nginx';

/** nginx's name and version, or undefined where it is not installed. */
export function nginxVersion(): string | undefined {
  const { stderr, error } = spawnSync(nginx, ['-v'], { encoding: 'utf8' });
  return error ? undefined : stderr.trim().replace('nginx version: ', '');
}
