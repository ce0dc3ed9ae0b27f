/** 64 writers in one process: `node store.ts URL SECONDS` prints how many messages a second a board stores for them. */
import { openBoard } from '../../src/board/open-board.ts';
import { messageText } from '../message-text.ts';
import { rateOf } from './rate.ts';

const [url = '', seconds] = process.argv.slice(2);
const board = await openBoard(url, { onWarning: () => {} });
const { username } = await board.welcome({ username: 'kitten' }).then((client) => client.users.me());
const kitten = board.as(username);
process.stdout.write(`${await rateOf(Number(seconds), () => kitten.messages.post({ text: messageText }))}\n`);
await board.close();
