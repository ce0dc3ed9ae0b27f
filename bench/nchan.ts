import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { mostFiles } from './machine.ts';
import { nginx } from './nginx-version.ts';
import { LeftOut } from './row.ts';
import { type Server, startServer } from './start-server.ts';
import type { Workshop } from './workshop.ts';

/** Where Debian's package puts it. */
const module = '/usr/lib/nginx/modules/ngx_nchan_module.so';

/** What a client of it asks for. */
export const NCHAN = {
  get: '/stream',
  getHeaders: ['Accept: text/event-stream'],
  request: 'POST /message',
  comments: 1,
};

/** The peer of streams: nginx with nchan, its messages in memory, with one process as ours. */
export async function startNchan(workshop: Workshop): Promise<Server | LeftOut> {
  if (!existsSync(nginx) || !existsSync(module))
    return new LeftOut('nginx with nchan is not installed (Debian: apt install nginx libnginx-mod-nchan)');

  const server = await startServer(
    workshop,
    'nchan',
    (port) => {
      const file = workshop.file(`nchan-${port}.conf`);
      writeFileSync(file, settings(workshop, port));
      return ['-e', 'stderr', '-p', workshop.directory, '-c', file];
    },
    {},
    nginx,
  );
  return { ...server, pid: await workerOf(server.pid) };
}

/** The master listens, then starts the one that does the work, and only watches over it. */
async function workerOf(master: number): Promise<number> {
  for (;;) {
    const children = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim();
    if (children !== '') return Number(children);
    await sleep(2);
  }
}

function settings(workshop: Workshop, port: number): string {
  const unused = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${workshop.file(name)};`,
  );
  return `
    load_module ${module};
    user root;
    daemon off;
    pid ${workshop.file('nginx.pid')};
    error_log stderr error;
    worker_processes 1;
    worker_rlimit_nofile ${mostFiles()};
    events { worker_connections ${mostFiles() - 100}; }
    http {
      access_log off;
      ${unused.join('\n')}
      keepalive_requests 1000000000;
      server {
        listen 127.0.0.1:${port} backlog=4096;
        location = /message { nchan_publisher; nchan_channel_id board; nchan_message_buffer_length 1000; }
        location = /stream { nchan_subscriber eventsource; nchan_channel_id board; nchan_subscriber_first_message newest; }
      }
    }`;
}
