import test from 'node:test';
import { openBoard } from '../../src/board/open-board.ts';
import type { Client } from '../../src/model/client.ts';
import type { User } from '../../src/model/user.ts';
import { connect } from '../../src/remote/connect.ts';
import { atEnd, type Scope } from './cleanup.ts';
import { temporaryDatabase } from './database.ts';
import { startTestServer } from './server.ts';

/** A board, whichever way one gets at it. */
export interface AnyBoard {
  /** What somebody can do on it; left out: nobody in particular. All have the password `yarn`. */
  as(who?: string): Client;
  /** The same for whoever has this token. */
  resume(token: string): Promise<Client>;
}

/** The two ways to a board, which behave alike. */
const ways: readonly { readonly name: string; open(scope: Scope): Promise<AnyBoard> }[] = [
  {
    name: 'in this process',
    async open(scope) {
      const board = await openBoard((await temporaryDatabase(scope)).at);
      atEnd(scope, () => board.close());
      return board;
    },
  },
  {
    name: 'far away',
    async open(scope) {
      const { url } = await startTestServer(scope);
      return {
        as: (who) => connect(url, who === undefined ? undefined : { username: who, password: 'yarn' }),
        resume: async (token) => connect(url, { token }),
      };
    },
  },
];

/** A claim that holds on every board, however one gets at it. */
export function onEveryBoard(claim: string, body: (board: AnyBoard, scope: Scope) => Promise<void>): void {
  for (const { name, open } of ways) test(`${claim} (${name})`, async (t) => body(await open(t), t));
}

/** Signs people up. */
export async function invite(board: AnyBoard, ...usernames: readonly string[]): Promise<User[]> {
  const users: User[] = [];
  for (const username of usernames) users.push(await board.as().users.create({ username, password: 'yarn' }));
  return users;
}
