import { startNode } from '../contestants.ts';
import { filledBoard } from '../filled-board.ts';
import type { Contestants, Probe, Row } from '../row.ts';
import type { Server } from '../start-server.ts';
import { loadStreams, OURS, whyNoStreams } from '../streams.ts';
import type { Workshop } from '../workshop.ts';

const SMALL = 1000;
const POSTERS = 64;

/** Posts a second while pages are read: pages are kept ready until something is committed, and a small board's would all be. */
const MEANWHILE = 200;

/** Streams that resume one after the other, and how far each is behind. */
const RESUMES = 200;
const BEHIND = 20;

const goal = { limit: 1.3 };

/** What a large board costs more than a small one. */
export function growth(large: number): Row {
  const name = `growth-${large}`;
  const size = large.toLocaleString('en');
  return {
    name,
    lines: [
      {
        what: `a post on a board of ${size} messages (limit: 1,000), 64 connections`,
        unit: 'µs',
        better: 'less',
        goal,
      },
      {
        what: `a page somewhere in ${size} messages (limit: 1,000), ${MEANWHILE} posts/s meanwhile`,
        unit: 'µs',
        better: 'less',
        goal,
      },
      { what: `a resume ${BEHIND} messages behind, of ${size} (limit: 1,000)`, unit: 'µs', better: 'less', goal },
    ],
    mostRounds: 3,
    async start(workshop, scale) {
      const why = whyNoStreams(POSTERS + RESUMES);
      if (why) return why;
      return {
        ours: await board(workshop, name, scale(large)),
        limit: await board(workshop, `${name}-small`, scale(SMALL)),
      } satisfies Contestants;
    },
  };
}

async function board(workshop: Workshop, name: string, messages: number): Promise<Probe> {
  const file = await filledBoard(workshop, name, messages);
  const server = await startNode(workshop, `sqlite:${file}`);
  return async (seconds) => [
    await postOn(workshop, server, seconds / 2),
    await pageOf(workshop, server, seconds / 2, messages),
    await resumeOn(workshop, server),
  ];
}

async function postOn(workshop: Workshop, { port }: Server, seconds: number): Promise<number> {
  const { answered, tookMs } = await loadStreams(workshop, { ...OURS, port, posters: POSTERS, seconds });
  return (1000 * tookMs) / answered;
}

async function pageOf(workshop: Workshop, { port }: Server, seconds: number, messages: number): Promise<number> {
  const request = 'GET /messages?limit=20&after=~';
  const [{ answerMs }] = await Promise.all([
    loadStreams(workshop, { port, posters: 1, seconds, request, below: messages }),
    loadStreams(workshop, { ...OURS, port, posters: 4, rate: MEANWHILE, seconds }),
  ]);
  return 1000 * answerMs.median;
}

async function resumeOn(workshop: Workshop, { url, port }: Server): Promise<number> {
  const [head = '', epoch] = ((await fetch(`${url}/messages?limit=1`)).headers.get('last-event-id') ?? '').split('-');
  const getHeaders = [`Last-Event-ID: ${Number(head) - BEHIND}-${epoch}`];
  const { comments } = OURS;
  const { liveMs } = await loadStreams(workshop, {
    port,
    readers: RESUMES,
    atOnce: 1,
    comments,
    getHeaders,
    seconds: 0,
  });
  return (1000 * liveMs) / RESUMES;
}
