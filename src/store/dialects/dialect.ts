import type { Dialect as KyselyDialect } from 'kysely';
import type { Clock } from '../../model/cursor.ts';
import type { Db } from '../schema.ts';
import type { Language, Migrate } from './languages/language.ts';

/** Tells, at once, whether anybody at all has committed. */
export interface Watch {
  /** Another number once something was committed, by whatever process. */
  mark(): number;
  close(): void;
}

/** What differs from database to database. Nobody else asks which one it is. */
export interface Dialect {
  readonly language: Language;
  /** What is stored where, for the operator. */
  readonly description: string;
  /** For the writer, who needs one connection. */
  readonly writing: KyselyDialect;
  /** For readers; `null`: they take turns with the writer on its one connection. */
  readonly reading: KyselyDialect | null;
  /** Whether it is a server whose answer to a COMMIT can get lost on the way. */
  readonly isRemote: boolean;
  /**
   * Whether the writer's connection takes statements before it has answered those before them, runs none of a transaction,
   * COMMIT neither, after one that failed, and has rolled that back before it begins another.
   */
  readonly pipelines: boolean;
  /**
   * Whether a transaction may be sent behind another, too: nothing of it comes to pass although its BEGIN fails, as it does where
   * what was to stop the one before comes too late.
   */
  readonly chains: (writing: Db) => Promise<boolean>;
  /**
   * Something that changes when another process has committed, cheap enough to ask for every `lookEvery` ms; `null`: no
   * other process can. `told`: up to where this process has told what there is, as a server may lose commits between two
   * questions, and be again where it was at the first.
   */
  readonly commitMark:
    | ((on: { readonly writing: Db; clock(): Promise<Clock>; readonly told: string }) => Promise<number | string>)
    | null;
  readonly lookEvery: number;
  /** Opens a {@link Watch}; `null`: nothing here can tell without being asked and waited for. */
  readonly openWatch: (() => Watch) | null;
  /**
   * Takes what was deleted or overwritten out of the database's files, as far as it is still in them; resolves with whether
   * all is gone. `null`: it is no file of ours, and the server sees to it.
   */
  readonly erase: ((writing: Db) => Promise<boolean>) | null;
  /** Runs `migrate` where no second starter can. */
  lockSchema(writing: Db, migrate: Migrate): Promise<void>;
}
