/** The same without a board: `node insert.ts URL SECONDS` prints how many INSERTs a second commit by themselves. */
import { messageText } from '../message-text.ts';
import { plainTable } from '../servers/plain-table.ts';
import { rateOf } from './rate.ts';

const [url = '', seconds] = process.argv.slice(2);
const { insert, close } = await plainTable(url);
const rate = await rateOf(Number(seconds), () => insert(messageText, new Date().toISOString()));
process.stdout.write(`${rate}\n`);
await close();
