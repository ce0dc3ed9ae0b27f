import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
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

/** As Debian keeps what is meant for root. */
const PGBOUNCER = firstThere('/usr/sbin/pgbouncer') ?? 'pgbouncer';

export const PRIVATE_SERVERS = {
  postgres: { needs: [INITDB ?? 'initdb'], start: startPostgres },
  mariadb: { needs: ['mariadb-install-db', 'mariadbd'], start: (scope: Scope) => startMariadb(scope) },
  redis: { needs: ['redis-server'], start: startRedis },
  nats: { needs: ['nats-server'], start: startNats },
  /** PostgreSQL behind a pooler that gives each transaction whichever session is free. */
  pooled: { needs: [INITDB ?? 'initdb', PGBOUNCER], start: (scope: Scope) => startPooled(scope, 'transaction') },
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

/** @param mode - for how long a client has a session for itself. */
export async function startPooled(scope: Scope, mode: 'session' | 'transaction'): Promise<PrivateServer> {
  const database = await startPostgres(scope);
  return startPgbouncer(scope, mode, database.url);
}

/** @param database - the URL of the server behind it. */
export async function startPgbouncer(
  scope: Scope,
  mode: 'session' | 'transaction',
  database: string,
): Promise<PrivateServer> {
  const dir = await privateDir(scope);
  const port = await freePort();
  const settings = `
    [databases]
    * = host=127.0.0.1 port=${new URL(database).port} user=postgres
    [pgbouncer]
    listen_addr = 127.0.0.1
    listen_port = ${port}
    unix_socket_dir =
    auth_type = any
    pool_mode = ${mode}
    default_pool_size = ${mode === 'session' ? 50 : 5}`;
  await writeFile(join(dir, 'settings'), settings.replace(/^ +/gm, ''));
  const url = `postgres://postgres@127.0.0.1:${port}`;
  const probe = () => databaseServer(url).run('select 1');
  const daemon = new Daemon(scope, { command: PGBOUNCER, args: ['settings'], cwd: dir, probe });
  await daemon.start();
  return { url, start: () => daemon.start(), crash: () => daemon.end('SIGKILL') };
}

/** @param log - whether and how it logs commits. Default: as several nodes need it. */
export async function startMariadb(
  scope: Scope,
  log: readonly string[] = ['--log-bin=binlog', '--sync-binlog=1'],
): Promise<PrivateServer> {
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
      ...log,
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
