/** `node store.ts URL`: how many messages a second a board stores for 64 writers in its process. */
import { openBoard } from '../../src/board/open-board.ts';
import { messageText } from '../message-text.ts';
import { sayRates } from './rate.ts';

const [url = ''] = process.argv.slice(2);
const board = await openBoard(url, { onWarning: () => {} });
const { username } = await board.welcome({ username: 'kitten' }).then((client) => client.users.me());
const kitten = board.as(username);
await sayRates(() => kitten.messages.post({ text: messageText }));
await board.close();
