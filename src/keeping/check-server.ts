import { connect } from 'node:tls';
import type { Check, Verdict } from './finding.ts';

/** How long (ms) a server may take to answer, and to send what a stream begins with at once. */
const ANSWER = 5000;

/** A sign of life comes every 15 s (docs/api.md); a connection that lasts for longer than that lasts. */
const SILENCE = 20_000;

const APART = 5000;

/**
 * What is looked at of a server, from where its users are: the way there.
 *
 * @param isBrief - whether nobody waits for the sign of life of a stream.
 */
export function serverChecks(url: string, isBrief: boolean): readonly Check[] {
  const at = (path: string) => new URL(path.replace(/^\//, ''), url.endsWith('/') ? url : `${url}/`);
  return [
    { name: 'server', isVital: true, run: () => checkReady(at('/health/ready')) },
    { name: 'http', run: () => checkVersion(at('/')) },
    { name: 'time', run: () => checkTime(at('/health/live')) },
    { name: 'stream', run: () => checkStream(at('/stream'), isBrief) },
  ];
}

async function checkReady(url: URL): Promise<Verdict> {
  const { status } = await fetch(url, { signal: AbortSignal.timeout(ANSWER) }).catch((error: Error) => {
    throw new Error(`${url.origin} cannot be reached (${codeOf(error)}): does it run, and is the address right?`);
  });
  if (status === 200) return ['ok', `${url.origin} is ready`];
  return [
    'fail',
    `${url.origin} is not ready (${status}): it starts, ends, or its database is away; its log says which`,
  ];
}

async function checkVersion({ protocol, hostname, port }: URL): Promise<Verdict> {
  if (protocol === 'http:')
    return [
      'warn',
      'HTTP/1.1 without TLS: a browser has six connections for all its tabs, and passwords can be read on the way; put a proxy with TLS and HTTP/2 in front',
    ];
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 443),
    servername: hostname,
    ALPNProtocols: ['h2', 'http/1.1'],
    timeout: ANSWER,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
      socket.once('timeout', () => reject(new Error('it does not answer TLS')));
    });
    return socket.alpnProtocol === 'h2'
      ? ['ok', 'HTTP/2: one connection for all tabs of a browser']
      : ['warn', 'HTTP/1.1 alone: a browser has six connections for all its tabs; turn HTTP/2 on in the proxy'];
  } finally {
    socket.destroy();
  }
}

async function checkTime(url: URL): Promise<Verdict> {
  const { headers } = await fetch(url, { signal: AbortSignal.timeout(ANSWER) });
  const apart = Math.abs(Date.parse(headers.get('date') ?? '') - Date.now());
  if (Number.isNaN(apart)) return ['warn', 'the server does not tell the time (Date)'];
  return apart > APART
    ? ['warn', `its clock and this machine's are ${apart} ms apart: set both by NTP`]
    : ['ok', 'its clock is right'];
}

async function checkStream(url: URL, isBrief: boolean): Promise<readonly Verdict[]> {
  const ending = new AbortController();
  const begun = performance.now();
  try {
    const response = await inTime(
      fetch(url, { headers: { accept: 'text/event-stream' }, signal: ending.signal }),
      ANSWER,
      BUFFERED,
    );
    const { status, headers, body } = response;
    if (status === 401) return [['warn', 'only members may read here, so its stream was not tried']];
    if (status !== 200 || body === null) return [['fail', `the stream is answered with ${status}`]];
    const type = headers.get('content-type') ?? 'nothing';
    if (!type.startsWith('text/event-stream'))
      return [['fail', `the stream comes as ${type}: does a page take its place?`]];

    const verdicts: Verdict[] = [];
    const coding = headers.get('content-encoding');
    if (coding !== null)
      verdicts.push(['warn', `the stream comes as ${coding}: turn compression off for text/event-stream`]);
    const reader = body.getReader();
    const first = await inTime(reader.read(), ANSWER, BUFFERED);
    if (first.done) return [['fail', 'the stream ended at once: too many are open, or the server ends']];
    verdicts.push(['ok', `the stream begins after ${Math.ceil(performance.now() - begun)} ms`]);
    if (isBrief) return verdicts;

    const next = await inTime(reader.read(), SILENCE, 'nothing came on the stream for 20 s');
    if (next.done)
      verdicts.push(['fail', `${CUT} It was cut after ${Math.round((performance.now() - begun) / 1000)} s`]);
    else verdicts.push(['ok', 'the stream lasts while nothing happens']);
    return verdicts;
  } finally {
    ending.abort();
  }
}

const BUFFERED =
  'the stream does not begin: a proxy holds it back. Turn buffering off for it (nginx: proxy_buffering off)';
const CUT = 'a proxy ends the stream while nothing happens: let it wait for 60 s at least (nginx: proxy_read_timeout).';

async function inTime<Answer>(answer: Promise<Answer>, patience: number, otherwise: string): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise)), patience);
  });
  answer.catch(() => {});
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function codeOf({ cause, message }: Error): string {
  if (!(cause instanceof Error)) return message;
  return 'code' in cause ? String(cause.code) : cause.message;
}
