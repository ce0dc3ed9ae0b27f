import { open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { bellLine } from '../board/bell.ts';
import { fileOf } from '../board/database-url.ts';
import type { Store } from '../store/store.ts';
import type { Check, Verdict } from './finding.ts';
import { schemaAt, withStore } from './open-store.ts';

const MIB = 1024 * 1024;

/** A disk with less left is soon full, or as good as full. */
const LITTLE = 1024 * MIB;
const TOO_LITTLE = 100 * MIB;

/** How often the disk is tried, and how long (ms) a sync may take: each commit waits for one. */
const SYNCS = 20;
const SLOW_SYNC = 20;

/** How long (ms) a ring may take to be heard. */
const RING = 5000;

/** How far (ms) clocks may be apart: times of messages, sessions and limits are told by them. */
const APART = 2000;

/** What is looked at of a board in a database, on the machine that it is served from. */
export function databaseChecks(database: string, bell: string): readonly Check[] {
  const file = fileOf(database);
  const checkStore = (name: string, run: (store: Store) => Promise<Verdict | readonly Verdict[]>): Check => ({
    name,
    run: () => withStore(database, { onFault: () => {}, onWarning: () => {} }, run),
  });
  return [
    ...(file === null ? [] : fileChecks(file)),
    { name: 'tables', isVital: true, run: () => checkSchema(database) },
    { name: 'database', run: () => checkSettings(database) },
    checkStore('clock', checkClock),
    checkStore('time', checkTime),
    { name: 'bell', run: () => checkBell(database, bell) },
  ];
}

function fileChecks(file: string): readonly Check[] {
  const directory = dirname(resolve(file));
  return [
    { name: 'file', run: () => checkFile(file) },
    { name: 'disk', run: () => checkSpace(directory) },
    { name: 'sync', run: () => checkSync(directory) },
  ];
}

async function checkFile(file: string): Promise<Verdict> {
  const { mode } = await stat(file);
  return (mode & 0o007) === 0
    ? ['ok', `${file} is closed to other users`]
    : ['warn', `every user of this machine can read ${file}: chmod o= ${file}`];
}

async function checkSpace(directory: string): Promise<Verdict> {
  const { bavail, bsize } = await statfs(directory);
  const left = bavail * bsize;
  const told = `${Math.floor(left / MIB).toLocaleString('en')} MiB are left in ${directory}`;
  if (left < TOO_LITTLE) return ['fail', `${told}: free some, or nothing can be posted soon`];
  return left < LITTLE ? ['warn', `${told}: free some`] : ['ok', told];
}

async function checkSync(directory: string): Promise<Verdict> {
  const probe = join(directory, `.msgboard-doctor-${process.pid}`);
  const times: number[] = [];
  const handle = await open(probe, 'wx', 0o600);
  try {
    for (let n = 0; n < SYNCS; n += 1) {
      const begun = performance.now();
      await handle.write('x'.repeat(4096), 0);
      await handle.datasync();
      times.push(performance.now() - begun);
    }
  } finally {
    await handle.close();
    await rm(probe, { force: true });
  }
  const median = times.sort((left, right) => left - right)[SYNCS / 2] ?? 0;
  const told = `a sync of the disk takes ${median.toFixed(1)} ms`;
  return median > SLOW_SYNC ? ['warn', `${told}, and each commit waits for one: take a faster disk`] : ['ok', told];
}

async function checkSchema(database: string): Promise<Verdict> {
  const { version, known, pending } = await schemaAt(database);
  if (version === 0) return ['fail', 'there is no board here: name another database, or start one with msgboard serve'];
  if (version > known)
    return ['fail', `the tables have version ${version}, this msgboard knows ${known}: run a newer one`];
  if (pending.length > 0) return ['warn', `the tables have version ${version} of ${known}: run msgboard migrate`];
  return ['ok', `the tables have version ${version}, the newest`];
}

/** The settings that our promises rest on are looked at whenever a board is opened. */
async function checkSettings(database: string): Promise<readonly Verdict[]> {
  const warnings: Verdict[] = [];
  const onWarning = (sentence: string) => warnings.push(['warn', sentence]);
  return withStore(database, { onFault: () => {}, onWarning }, async (store) => {
    await store.ping();
    const told: Verdict = ['ok', `${store.description} answers, and keeps what it is given`];
    return warnings.length > 0 ? warnings : [told];
  });
}

function checkClock(store: Store): Promise<Verdict> {
  return store.whole(async (board) => {
    const { seq, lastUserId } = await board.extent('all');
    const { user, message } = await board.reached();
    if (message <= seq && user <= lastUserId) return ['ok', `the board stands at ${seq}, and nothing is beyond`];
    return ['fail', `the board stands at ${seq}, but there is a message ${message}: restore a backup`];
  });
}

async function checkTime(store: Store): Promise<Verdict> {
  const begun = Date.now();
  const theirs = await store.time();
  const apart = theirs === null ? 0 : Math.max(0, begun - theirs, theirs - Date.now());
  if (apart > APART) return ['warn', `this machine's clock and the database's are ${apart} ms apart: set both by NTP`];
  const latest = await store.old.messageFrom((await store.clock()).seq);
  const ahead = (latest?.created ?? 0) - Date.now();
  if (ahead > APART)
    return ['fail', `the latest message is of ${ahead} ms from now: this machine's clock is wrong. Set it by NTP`];
  return ['ok', theirs === null ? 'the clock of this machine has not gone back' : `the clocks are ${apart} ms apart`];
}

/** Says a word on one connection that is to be heard on another. */
async function checkBell(database: string, bell: string): Promise<Verdict> {
  const connect = await bellLine(bell, database);
  if (!connect)
    return ['ok', 'there is none, so each msgboard looks by itself: at once in a file, else within a second'];

  const word = `doctor${process.pid}`;
  const { promise: heard, resolve: hear, reject } = Promise.withResolvers<void>();
  heard.catch(() => {});
  const patience = setTimeout(() => reject(new Error('it was rung and not heard')), RING);
  const begun = performance.now();
  const ears = { hear: (said: string) => said === word && hear(), lost: reject };
  const lines = await Promise.allSettled([connect(ears), connect({ hear: () => {}, lost: reject })]);
  try {
    const [, speaker] = lines;
    for (const line of lines) if (line.status === 'rejected') throw line.reason;
    if (speaker.status === 'fulfilled') await speaker.value.say(word);
    await heard;
    return ['ok', `rung on one connection and heard on another, after ${Math.ceil(performance.now() - begun)} ms`];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const question = bell.includes('://') ? 'does it run, and is its address right?' : 'is there a pooler between?';
    return ['fail', `${why}. Others notice within a second all the same; ${question} See docs/scaling.md`];
  } finally {
    clearTimeout(patience);
    for (const line of lines) if (line.status === 'fulfilled') await line.value.close();
  }
}
