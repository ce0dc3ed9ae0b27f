import type { MessageState } from '../model/change.ts';
import type { Selection } from '../model/filter.ts';
import type { Format } from './formats.ts';
import { Group } from './group.ts';
import type { Subscriber } from './subscriber.ts';

/** All live readers, by what they read: a change looks only at the groups that its topics and author can concern. */
export class Groups {
  readonly #byFilter = new Map<Format<unknown>, Map<string, Group>>();
  readonly #byLabel = new Map<string, Set<Group>>();

  add(member: Subscriber): void {
    const ofFormat = this.#byFilter.get(member.format) ?? new Map<string, Group>();
    this.#byFilter.set(member.format, ofFormat);
    const filter = JSON.stringify(member.selection);

    let group = ofFormat.get(filter);
    if (!group) {
      group = new Group(member.selection, member.format);
      ofFormat.set(filter, group);
      for (const label of labelsOf(group.selection)) {
        this.#byLabel.set(label, (this.#byLabel.get(label) ?? new Set()).add(group));
      }
    }
    group.add(member);
  }

  delete(member: Subscriber): void {
    const ofFormat = this.#byFilter.get(member.format);
    const filter = JSON.stringify(member.selection);
    const group = ofFormat?.get(filter);
    if (!group) return;

    group.delete(member);
    if (!group.isEmpty) return;
    ofFormat?.delete(filter);
    for (const label of labelsOf(group.selection)) {
      const labelled = this.#byLabel.get(label);
      if (labelled?.delete(group) && labelled.size === 0) this.#byLabel.delete(label);
    }
  }

  *all(): Iterable<Group> {
    for (const ofFormat of this.#byFilter.values()) yield* ofFormat.values();
  }

  /** The groups that a message may concern. */
  *concerned(state: MessageState): Iterable<Group> {
    if (this.#byLabel.size === 0) return;
    const labels = [ANY, `user ${state.userId}`, ...state.topics.map((topic) => `topic ${topic}`)];
    const seen = new Set<Group>();
    for (const label of labels) {
      for (const group of this.#byLabel.get(label) ?? []) {
        if (!seen.has(group)) yield group;
        seen.add(group);
      }
    }
  }
}

const ANY = 'any';

function labelsOf({ topics, users }: Selection): readonly string[] {
  if (topics) return topics.map((topic) => `topic ${topic}`);
  if (users) return users.map((user) => `user ${user}`);
  return [ANY];
}
