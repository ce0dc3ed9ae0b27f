import type { StreamEvent } from '../model/change.ts';
import { matches, type Selection } from '../model/filter.ts';
import type { Format } from './formats.ts';
import type { News } from './stretch.ts';
import type { Subscriber } from './subscriber.ts';

interface Pending {
  readonly news: News;
  /** Who alone may see it; `null`: everybody. */
  readonly people: readonly number[] | null;
}

/** Readers by who they are; `null`: nobody in particular. */
type Members = Map<number | null, Set<Subscriber>>;

/** Whether what is shared is for somebody, or for those who are nobody in particular. */
type IsFor = (viewer: number | null) => boolean;

const EVERYBODY: IsFor = () => true;

/** Live readers of one filter in one format: what all of them may see is encoded once and shared. */
export class Group {
  readonly selection: Selection;
  readonly #format: Format<unknown>;
  readonly #members: Members = new Map();
  /** Those who came while something was pending, by how much of it they knew already. */
  readonly #newcomers = new Map<number, Members>();
  #pending: Pending[] = [];

  constructor(selection: Selection, format: Format<unknown>) {
    this.selection = selection;
    this.#format = format;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0 && this.#newcomers.size === 0;
  }

  /** What is pending is not for this member: to go out for each who comes would be to gather nothing while many do. */
  add(member: Subscriber): void {
    const known = this.#pending.length;
    const members = known === 0 ? this.#members : (this.#newcomers.get(known) ?? new Map());
    if (known > 0) this.#newcomers.set(known, members);
    seat(members, member);
  }

  delete(member: Subscriber): void {
    unseat(this.#members, member);
    for (const [known, members] of this.#newcomers) {
      unseat(members, member);
      if (members.size === 0) this.#newcomers.delete(known);
    }
  }

  /** Keeps news for the next {@link flush}, if it is for any reader of this group. */
  gather(news: News): boolean {
    const { state } = news;
    if (!matches(this.selection, state)) return false;
    if (state.audience !== 0 && !state.people.some((person) => this.#hasAny(person))) return false;

    this.#pending.push({ news, people: state.audience === 0 ? null : state.people });
    return true;
  }

  #hasAny(person: number): boolean {
    return this.#members.has(person) || [...this.#newcomers.values()].some((members) => members.has(person));
  }

  /** Writes what was gathered: one buffer for all, and one for each person who sees something private in between. */
  flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    this.#write(pending, this.#members);
    for (const [known, members] of this.#newcomers) {
      this.#write(pending.slice(known), members);
      for (const same of members.values()) for (const member of same) seat(this.#members, member);
    }
    this.#newcomers.clear();
  }

  #write(pending: readonly Pending[], members: Members): void {
    const insiders = new Set(pending.flatMap(({ people }) => people ?? []));

    this.#shareNews(
      pending.filter(({ people }) => people === null),
      members,
      (viewer) => viewer === null || !insiders.has(viewer),
    );
    for (const person of insiders) {
      const seen = pending.filter(({ people }) => people === null || people.includes(person));
      this.#shareNews(seen, members, (viewer) => viewer === person);
    }
  }

  /** Tells every member, while nothing is pending. */
  tell(event: StreamEvent): void {
    this.#share(() => this.#format.encode([event]), this.#members, EVERYBODY);
  }

  #shareNews(pending: readonly Pending[], members: Members, isFor: IsFor): void {
    const news = pending.map((each) => each.news);
    if (news.length > 0) this.#share(() => this.#format.encodeNews(news), members, isFor);
  }

  #share(encode: () => unknown, members: Members, isFor: IsFor): void {
    let chunk: unknown;
    for (const [viewer, same] of members) {
      if (!isFor(viewer)) continue;
      chunk ??= encode();
      for (const member of same) member.share(chunk);
    }
  }
}

function seat(members: Members, member: Subscriber): void {
  members.set(member.viewer, (members.get(member.viewer) ?? new Set()).add(member));
}

function unseat(members: Members, member: Subscriber): void {
  const same = members.get(member.viewer);
  if (same?.delete(member) && same.size === 0) members.delete(member.viewer);
}
