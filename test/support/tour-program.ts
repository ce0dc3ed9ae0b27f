/** Takes the tour of the board whose URL is its argument, and prints what it met with: on Node, Bun or Deno. */
import { argv, stdout } from 'node:process';
import { takeTour } from './tour.ts';

const [, , url = ''] = argv;
stdout.write(JSON.stringify(await takeTour(url)));
