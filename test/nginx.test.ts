/** The configuration of nginx that is shipped, in front of two nodes on one database: only addresses and files are put in. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { basic } from './support/api.ts';
import { Daemon, privateDir, runTool } from './support/daemon.ts';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';
import { Http2 } from './support/http2.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { type Program, startProgram } from './support/program.ts';
import { without } from './support/settings.ts';
import { freePort, ROOT, steadyPort } from './support/snippets.ts';

const NGINX = '/usr/sbin/nginx';
const NAME = 'chat.example';
const KITTEN = { username: 'kitten', password: 'yarn' };
const AS_KITTEN = { authorization: basic(KITTEN) };
const THE_END = 'The end.';

test('behind nginx', { skip: without(NGINX, 'openssl', ...PRIVATE_SERVERS.postgres.needs) }, async (t) => {
  const postgres = await PRIVATE_SERVERS.postgres.start(t);
  const { url: database } = await temporaryDatabase(t, postgres.url);
  const ports = [await steadyPort(), await steadyPort()] as const;
  const start = (port: number) =>
    startProgram(t, [
      ...['--port', `${port}`, '--host', '127.0.0.1', '--database', database],
      ...['--trust-proxy', '127.0.0.1', '--origin', `https://${NAME}`],
    ]);
  const nodes: Program[] = await Promise.all(ports.map(start));
  const proxy = await startNginx(t, ports);
  await nodes[0]?.api.signUp(KITTEN.username, KITTEN);

  await t.test('events come at once, over HTTP/2 and TLS', async (inner) => {
    const browser = await Http2.connect(inner, proxy.url, NAME, proxy.certificate);
    const texts: string[] = [];
    const reading = browser.follow('/stream?after=0', ({ type, message }) => {
      if (type === 'message') texts.push(message.text);
      return texts.length === 3;
    });
    // Each is sent only once the one before has come.
    for (const text of ['one', 'two', 'three']) {
      assert.equal((await browser.ask('POST', '/message', AS_KITTEN, { text })).status, 201);
      await eventually(() => assert.equal(texts.at(-1), text));
    }
    assert.equal(await reading, 1);
  });

  await t.test(
    'a request comes from where it does, whatever it says, and its cookie is for TLS alone',
    async (inner) => {
      const browser = await Http2.connect(inner, proxy.url, NAME, proxy.certificate, '127.0.0.2');
      const lies = { 'x-forwarded-for': '192.0.2.9', 'x-forwarded-proto': 'http', 'x-request-id': 'mine' };
      const { status, headers } = await browser.ask('POST', '/session', { ...AS_KITTEN, ...lies });
      assert.equal(status, 201);
      assert.match(`${headers['set-cookie']}`, /; Secure/);
      await eventually(() => {
        const log = nodes.map((node) => node.output()).join('');
        assert.match(
          log,
          /"reqId":"[\da-f]{32}","method":"POST","path":"\/session","status":201,.*"ip":"127\.0\.0\.2"/,
        );
      });
      assert.equal((await browser.ask('GET', '/metrics')).status, 403);
    },
  );

  await t.test('who takes the board by another name is refused', async (inner) => {
    const browser = await Http2.connect(inner, proxy.url, NAME, proxy.certificate);
    assert.equal((await browser.ask('GET', '/messages', { ':authority': 'elsewhere.example' })).status, 421);
  });

  const title = 'nodes are restarted in turn, and no request fails, no event is lost, none comes twice';
  await t.test(title, async (inner) => {
    const traffic = new Traffic(() => Http2.connect(inner, proxy.url, NAME, proxy.certificate));
    const readers = await traffic.read(4);
    const writers = traffic.write(4);
    for (const [n, port] of ports.entries()) {
      assert.deepEqual(await nodes[n]?.end('SIGTERM'), { code: 0, signal: null });
      const node = await start(port);
      nodes[n] = node;
      // nginx has noticed that it is back.
      await eventually(() => assert.match(node.output(), /"path":"\/message"/));
    }
    const posted = await traffic.end(writers);

    assert.deepEqual([...traffic.answers].sort(), ['GET 200', 'POST 201']);
    for (const { texts, times } of await Promise.all(readers)) {
      assert.deepEqual(texts.toSorted(), posted.toSorted());
      assert.ok(times > 1, 'no reader was cut off, so this shows nothing');
    }
  });
});

/** People who post and read for as long as a test goes on. */
class Traffic {
  /** Each kind of answer that anybody got. */
  readonly answers = new Set<string>();
  readonly #connect: () => Promise<Http2>;
  readonly #posted: string[] = [];
  #isOver = false;

  constructor(connect: () => Promise<Http2>) {
    this.#connect = connect;
  }

  async write(writers: number): Promise<void> {
    const work = async () => {
      while (!this.#isOver) {
        // After 1,000 requests nginx ends a connection, and what is on its way by then has to be sent again.
        const browser = await this.#connect();
        for (let n = 0; n < 200 && !this.#isOver; n++) {
          await this.#post(browser, randomUUID());
          this.answers.add(`GET ${(await browser.ask('GET', '/messages?limit=1')).status}`);
        }
      }
    };
    await Promise.all(Array.from({ length: writers }, work));
  }

  async #post(browser: Http2, text: string): Promise<void> {
    const headers = { ...AS_KITTEN, 'idempotency-key': text };
    this.answers.add(`POST ${(await browser.ask('POST', '/message', headers, { text })).status}`);
    this.#posted.push(text);
  }

  /** Follows what comes from now on, up to the end: what each was told, and how often they had to begin anew. */
  async read(readers: number): Promise<Promise<{ texts: string[]; times: number }>[]> {
    const browser = await this.#connect();
    const { headers } = await browser.ask('GET', '/messages');
    return Array.from({ length: readers }, async () => {
      const texts: string[] = [];
      const times = await browser.follow(`/stream?after=${headers['last-event-id']}`, ({ message }) => {
        texts.push(message && 'text' in message ? message.text : 'no message');
        return texts.at(-1) === THE_END;
      });
      return { texts, times };
    });
  }

  /** @returns all that was posted. */
  async end(writers: Promise<void>): Promise<readonly string[]> {
    this.#isOver = true;
    await writers;
    await this.#post(await this.#connect(), THE_END);
    return this.#posted;
  }
}

/** With the configuration as it is shipped, but for ports, files, and what only root may. */
async function startNginx(t: test.TestContext, [first, second]: readonly [number, number]) {
  const dir = await privateDir(t);
  const [plain, secure] = [await freePort(), await freePort()];
  const subject = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'privkey.pem'];
  await runTool('openssl', ['req', '-x509', ...key, '-out', 'fullchain.pem', '-days', '2', ...subject], dir);

  const site = (await readFile(join(ROOT, 'deploy/nginx.conf'), 'utf8'))
    .replace('127.0.0.1:5001', `127.0.0.1:${first}`)
    .replace('127.0.0.1:5002', `127.0.0.1:${second}`)
    .replace('listen 80;', `listen 127.0.0.1:${plain};`)
    .replace(/^ *listen 443 /m, `listen 127.0.0.1:${secure} `)
    .replace(/^ *listen \[::\]:.*\n/gm, '')
    .replaceAll('/etc/letsencrypt/live/chat.example/', `${dir}/`)
    .replace('/var/log/nginx/', `${dir}/`);
  await writeFile(join(dir, 'site.conf'), site);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`);
  const main = `daemon off; master_process off; pid nginx.pid; error_log error.log; events {} http { access_log off; ${temporary.join(' ')} include site.conf; }`;
  await writeFile(join(dir, 'nginx.conf'), main);
  const daemon = new Daemon(t, {
    command: NGINX,
    args: ['-p', dir, '-c', 'nginx.conf', '-e', 'error.log'],
    cwd: dir,
    async probe() {
      const { status, headers } = await fetch(`http://127.0.0.1:${plain}/docs`, { redirect: 'manual' });
      assert.deepEqual([status, headers.get('location')], [301, 'https://127.0.0.1/docs']);
    },
  });
  await daemon.start();
  return { url: `https://127.0.0.1:${secure}`, certificate: await readFile(join(dir, 'fullchain.pem'), 'utf8') };
}
