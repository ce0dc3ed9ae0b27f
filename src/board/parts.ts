import type { Hub } from '../feed/hub.ts';
import type { Store } from '../store/store.ts';
import type { Departures } from './departures.ts';
import type { Hooks } from './hooks.ts';
import type { Passwords } from './passwords.ts';
import type { People } from './people.ts';
import type { Presenter } from './present.ts';
import type { RecentAnswers } from './recent-answers.ts';
import type { Sessions } from './sessions.ts';
import type { UnderWay } from './under-way.ts';

/** What whoever runs a board decides. */
export interface Rules {
  readonly signup: 'open' | 'closed';
  readonly read: 'everyone' | 'members';
}

/** What a board is made of. */
export interface Parts {
  readonly store: Store;
  readonly hub: Hub;
  readonly people: People;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly rules: Rules;
  readonly presenter: Presenter;
  readonly recent: RecentAnswers;
  readonly departures: Departures;
  readonly hooks: Hooks;
  readonly underWay: UnderWay;
}
