import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Scope } from './cleanup.ts';
import { Daemon, privateDir, runTool } from './daemon.ts';
import { databaseServer } from './database-servers.ts';
import { firstThere } from './settings.ts';
import { freePort } from './snippets.ts';

/** A server of a test's own. */
export interface PrivateServer {
  /** Without a database. */
  readonly url: string;
  /** Ends it without a good-bye. */
  crash(): Promise<void>;
  start(): Promise<void>;
}

/** Debian keeps PostgreSQL's programs away from PATH. */
export const INITDB = firstThere(
  ...[18, 17, 16, 15, 14].map((version) => `/usr/lib/postgresql/${version}/bin/initdb`),
  'initdb',
);

export const PRIVATE_SERVERS = {
  postgres: { needs: [INITDB ?? 'initdb'], start: startPostgres },
  mariadb: { needs: ['mariadb-install-db', 'mariadbd'], start: startMariadb },
  redis: { needs: ['redis-server'], start: startRedis },
  nats: { needs: ['nats-server'], start: startNats },
} as const;

async function startPostgres(scope: Scope): Promise<PrivateServer> {
  const dir = await privateDir(scope);
  const port = `${await freePort()}`;
  const initdb = INITDB ?? 'initdb';
  await runTool(initdb, ['-D', 'data', '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N'], dir);

  const url = `postgres://postgres@127.0.0.1:${port}`;
  const daemon = new Daemon(scope, {
    command: initdb.replace(/initdb$/, 'postgres'),
    args: ['-D', 'data', '-p', port, '-h', '127.0.0.1', '-k', dir],
    cwd: dir,
    probe: () => databaseServer(url).run('select 1'),
  });
  await daemon.start();
  // SIGQUIT: all of its processes at once, without a checkpoint.
  return { url, start: () => daemon.start(), crash: () => daemon.end('SIGQUIT') };
}

/** Set up for several nodes. */
async function startMariadb(scope: Scope): Promise<PrivateServer> {
  const dir = await privateDir(scope);
  const port = `${await freePort()}`;
  const data = join(dir, 'data');
  await runTool(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal'],
    dir,
  );

  const url = `mariadb://root@127.0.0.1:${port}`;
  const daemon = new Daemon(scope, {
    command: 'mariadbd',
    args: [
      '--no-defaults',
      `--datadir=${data}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(dir, 'socket')}`,
      '--log-bin=binlog',
      '--sync-binlog=1',
      '--innodb-buffer-pool-size=64M',
    ],
    cwd: dir,
    probe: () => databaseServer(url).run('select 1'),
  });
  await daemon.start();
  return { url, start: () => daemon.start(), crash: () => daemon.end('SIGKILL') };
}

async function startRedis(scope: Scope): Promise<PrivateServer> {
  const port = await freePort();
  return startBroker(scope, 'redis-server', ['--port', `${port}`, '--save', ''], `redis://127.0.0.1:${port}`);
}

async function startNats(scope: Scope): Promise<PrivateServer> {
  const port = await freePort();
  return startBroker(scope, 'nats-server', ['-a', '127.0.0.1', '-p', `${port}`], `nats://127.0.0.1:${port}`);
}

async function startBroker(
  scope: Scope,
  command: string,
  args: readonly string[],
  url: string,
): Promise<PrivateServer> {
  const cwd = await privateDir(scope);
  const daemon = new Daemon(scope, { command, args, cwd, probe: () => answers(Number(new URL(url).port)) });
  await daemon.start();
  return { url, start: () => daemon.start(), crash: () => daemon.end('SIGKILL') };
}

async function answers(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
