/** What a board is asked and how it answers, as far as a plain model of it goes. */

/** What a board is to answer: a status, and what of the body matters. */
export interface Verdict {
  readonly status: number;
  readonly body?: unknown;
}

/** Who asks (`null`: nobody), for which messages. */
export interface View {
  readonly viewer: string | null;
  readonly topic?: string;
  readonly user?: string;
  readonly thread?: number;
  readonly replyTo?: number | 'none';
  readonly with?: string;
  readonly visibility?: 'public' | 'private';
}

export interface Page extends View {
  readonly order?: 'asc' | 'desc' | 'active';
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
}

/** What a reader knows: every message up to `id` as of `seq`. */
export interface Place {
  readonly id: number;
  readonly seq: number;
}

export type Told = readonly [type: 'message' | 'edit' | 'delete', id: number, seq: number];
