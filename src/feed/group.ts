import type { MessageState, StreamEvent } from '../model/change.ts';
import { matches, type Selection } from '../model/filter.ts';
import type { Format } from './formats.ts';
import type { Subscriber } from './subscriber.ts';

interface Pending {
  readonly event: StreamEvent;
  /** Who alone may see it; `null`: everybody. */
  readonly people: readonly number[] | null;
}

/** Live readers of one filter in one format: what all of them may see is encoded once and shared. */
export class Group {
  readonly selection: Selection;
  readonly #format: Format<unknown>;
  readonly #members = new Map<number | null, Set<Subscriber>>();
  #pending: Pending[] = [];

  constructor(selection: Selection, format: Format<unknown>) {
    this.selection = selection;
    this.#format = format;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  add(member: Subscriber): void {
    const same = this.#members.get(member.viewer) ?? new Set();
    this.#members.set(member.viewer, same.add(member));
  }

  delete(member: Subscriber): void {
    const same = this.#members.get(member.viewer);
    if (same?.delete(member) && same.size === 0) this.#members.delete(member.viewer);
  }

  /** Keeps an event for the next {@link flush}, if it is for any reader of this group. */
  gather(event: StreamEvent, state: MessageState): boolean {
    if (!matches(this.selection, state)) return false;
    if (state.audience !== 0 && !state.people.some((person) => this.#members.has(person))) return false;

    this.#pending.push({ event, people: state.audience === 0 ? null : state.people });
    return true;
  }

  /** Writes what was gathered: one buffer for all, and one for each person who sees something private in between. */
  flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    const insiders = new Set(pending.flatMap(({ people }) => people ?? []));

    this.#share(
      eventsOf(pending.filter(({ people }) => people === null)),
      (viewer) => viewer === null || !insiders.has(viewer),
    );
    for (const person of insiders) {
      const seen = pending.filter(({ people }) => people === null || people.includes(person));
      this.#share(eventsOf(seen), (viewer) => viewer === person);
    }
  }

  /** Tells every member. */
  tell(event: StreamEvent): void {
    this.#share([event], () => true);
  }

  #share(events: readonly StreamEvent[], isFor: (viewer: number | null) => boolean): void {
    if (events.length === 0) return;
    let chunk: unknown;
    for (const [viewer, members] of this.#members) {
      if (!isFor(viewer)) continue;
      chunk ??= this.#format.encode(events);
      for (const member of members) member.share(chunk);
    }
  }
}

function eventsOf(pending: readonly Pending[]): StreamEvent[] {
  return pending.map(({ event }) => event);
}
