import { credentials, startBareHttp, startMsgboard, startPlainFastify, startPlainInsert } from '../contestants.ts';
import { databasesOn, type Server } from '../database-servers.ts';
import { type Contestants, type Goal, LeftOut, type Probe, type Row } from '../row.ts';
import { requestsPerSecond, type WrkRequest, writeScript, wrkVersion } from '../wrk.ts';

interface HttpRate {
  readonly name: string;
  readonly what: string;
  readonly goal: Goal;
  readonly request: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: unknown };
  /** How many the board holds before. */
  readonly messages: number;
  /** Where ours and the peer store it. Default: each in a file. */
  readonly server?: Server;
}

/** A row that is the rate at which one request is answered, the same to all. */
export function httpRate({ name, what, goal, request, messages, server }: HttpRate): Row {
  return {
    name,
    lines: [{ what, unit: 'requests/s', better: 'more', goal }],
    async start(workshop) {
      if (wrkVersion() === undefined) return new LeftOut('wrk is not installed (Debian: apt install wrk)');

      const sent = asSent(request);
      const script = writeScript(workshop, name, sent);
      const probe =
        (url: string): Probe =>
        (seconds) =>
          requestsPerSecond(workshop, script, url, seconds).then((rate) => [rate]);

      const stored = server ? await databasesOn(server) : null;
      if (stored instanceof LeftOut) return stored;
      const ours = await startMsgboard(workshop, name, messages, stored?.ours);
      const peer = stored
        ? await startPlainInsert(workshop, stored.peer)
        : await startPlainFastify(workshop, name, messages);
      await answerOf(peer.url, sent);
      const limit = await startBareHttp(workshop, name, await answerOf(ours.url, sent));
      await answerOf(limit.url, sent);

      return {
        ours: probe(ours.url),
        limit: probe(limit.url),
        peer: probe(peer.url),
      } satisfies Contestants;
    },
  };
}

function asSent({ method, path, body }: HttpRate['request']): WrkRequest {
  if (body === undefined) return { method, path, headers: {} };

  const headers = { 'Content-Type': 'application/json', Authorization: credentials };
  return { method, path, headers, body: JSON.stringify(body) };
}

/** wrk counts a redirect as success, so this also sees to it that the answer is what it should be: a 2xx. */
async function answerOf(url: string, { method, path, headers, body }: WrkRequest): Promise<string> {
  const answer = await fetch(url + path, { method, headers, body: body ?? null, redirect: 'manual' });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}${path} was answered with ${answer.status}: ${text}`);

  return text;
}
