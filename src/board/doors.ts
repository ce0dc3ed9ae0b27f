import type { Board } from '../model/board.ts';
import type { Filter } from '../model/filter.ts';
import type { Measure } from '../model/measure.ts';
import type { SessionRow } from '../store/sessions.ts';
import { Account } from './account.ts';
import { BoardStreams } from './board-streams.ts';
import { BoardClient } from './local-client.ts';
import { LogIns } from './log-ins.ts';
import type { Parts } from './parts.ts';
import { welcome } from './welcome.ts';

/** The ways in for somebody who has to be looked up. */
export function doorsOf(
  parts: Parts,
  onMeasure: (measure: Measure) => void,
): Pick<Board, 'logIn' | 'welcome' | 'resume' | 'resumeStream'> {
  const { sessions } = parts;
  const logIns = new LogIns(parts);
  return {
    logIn: (username, password, { beforeHashing } = {}) =>
      logIns.find(username, password, () => {
        beforeHashing?.();
        onMeasure({ kind: 'log-in' });
      }),
    async welcome(guest) {
      const account = new Account(parts, (await welcome(parts, guest)).id);
      await account.user();
      return new BoardClient(parts, account);
    },
    resume: async (token) => new BoardClient(parts, await sessionAccount(parts, await sessions.find(token, 'all'))),
    async resumeStream(token) {
      const session = await sessions.find(token, 'stream');
      const filter = session.filter === null ? null : (JSON.parse(session.filter) as Filter);
      return new BoardStreams(parts, await sessionAccount(parts, session), filter);
    },
  };
}

/** Whoever a session belongs to, for as long as it lasts. */
async function sessionAccount(parts: Parts, session: SessionRow): Promise<Account> {
  const { sessions } = parts;
  const until = await sessions.endOf(session);
  const account = new Account(parts, session.user_id, { session, until, proof: () => sessions.isLive(session) });
  await account.user();
  return account;
}
