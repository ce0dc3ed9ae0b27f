/**
 * What group commit can come to: `node group.ts URL` has all of 64 writers who wait share one INSERT into a plain table, without
 * anything to look at, to keep in order or to tell.
 */
import { messageText } from '../message-text.ts';
import { plainTable } from '../servers/plain-table.ts';
import { sayRates } from './rate.ts';

const [url = ''] = process.argv.slice(2);
const { insertMany, close } = await plainTable(url);

let waiting: (() => void)[] = [];
let isBusy = false;

const write = () =>
  new Promise<void>((resolve) => {
    waiting.push(resolve);
    if (!isBusy) setImmediate(store);
    isBusy = true;
  });

async function store(): Promise<void> {
  const group = waiting;
  waiting = [];
  await insertMany(messageText, new Date().toISOString(), group.length);
  for (const resolve of group) resolve();
  setImmediate(() => {
    isBusy = waiting.length > 0;
    if (isBusy) void store();
  });
}

await sayRates(write);
await close();
