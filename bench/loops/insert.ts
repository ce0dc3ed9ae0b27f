/** The same without a board: `node insert.ts URL` has each writer do an INSERT that commits by itself. */
import { messageText } from '../message-text.ts';
import { plainTable } from '../servers/plain-table.ts';
import { sayRates } from './rate.ts';

const [url = ''] = process.argv.slice(2);
const { insert, close } = await plainTable(url);
await sayRates(() => insert(messageText, new Date().toISOString()));
await close();
