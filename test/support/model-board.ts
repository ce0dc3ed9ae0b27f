import type { MessageDraft } from '../../src/model/message.ts';
import type { Page, Place, Told, Verdict, View } from './model-views.ts';

interface Kept {
  readonly id: number;
  readonly author: string;
  readonly replyTo: number | null;
  readonly thread: number;
  readonly topics: readonly string[];
  /** Everybody who sees it, sorted; none: it is public. */
  readonly people: readonly string[];
  seq: number;
  text: string;
  isEdited: boolean;
  isDeleted: boolean;
}

/** A board in a few arrays, slow and plain: what the real one is compared with. */
export class ModelBoard {
  readonly people = new Map<string, { bio: string | null }>();
  readonly #messages: Kept[] = [];
  readonly #conversations = new Map<string, number>();
  readonly #live: { readonly view: View; readonly told: Told[] }[] = [];
  #head = 0;

  signUp(name: string): Verdict {
    if (this.people.has(name)) return { status: 409 };
    this.people.set(name, { bio: null });
    return { status: 201 };
  }

  changeBio(name: string | null, bio: string): Verdict {
    const person = this.people.get(name ?? '');
    if (!person) return { status: 401 };
    // An account's change takes its place in the order, though no reader is told.
    if (person.bio !== bio) this.#head++;
    person.bio = bio;
    return { status: 200, body: bio };
  }

  post(author: string | null, { text, topics = [], replyTo, to }: MessageDraft): Verdict {
    if (author === null) return { status: 401 };
    if (to?.some((name) => !this.people.has(String(name)))) return { status: 400 };
    const parent = replyTo === undefined || replyTo === null ? null : this.#find(author, replyTo);
    if (parent === undefined) return { status: 400 };

    const asked = !to?.length ? [] : [...new Set([author, ...to.map(String)])].sort();
    if (parent && to && asked.join() !== parent.people.join()) return { status: 400 };
    const first = parent && this.#messages.find(({ id }) => id === parent.thread);
    const allTopics = [...new Set([...(first?.topics ?? []), ...topics])];
    if (allTopics.length > 10) return { status: 400 };

    const id = ++this.#head;
    const people = parent ? parent.people : asked;
    const conversation = people.length > 0 && !parent ? JSON.stringify([people, [...allTopics].sort()]) : '';
    const thread = parent?.thread ?? this.#conversations.get(conversation) ?? id;
    if (conversation !== '') this.#conversations.set(conversation, thread);
    const made = { id, seq: id, text, author, replyTo: parent?.id ?? null, thread, topics: allTopics, people };
    const kept = { ...made, isEdited: false, isDeleted: false };
    this.#messages.push(kept);
    this.#tell('message', kept);
    return { status: 201, body: this.#shown(kept) };
  }

  edit(by: string | null, id: number, text: string, ifMatch: number | null): Verdict {
    const found = this.#own(by, id, ifMatch);
    if ('status' in found) return found;
    if (found.text !== text) {
      Object.assign(found, { text, seq: ++this.#head, isEdited: true });
      this.#tell('edit', found);
    }
    return { status: 200, body: this.#shown(found) };
  }

  remove(by: string | null, id: number, ifMatch: number | null): Verdict {
    const found = this.#own(by, id, ifMatch);
    if ('status' in found) return found;
    Object.assign(found, { seq: ++this.#head, isDeleted: true });
    this.#tell('delete', found);
    return { status: 204 };
  }

  get(viewer: string | null, id: number): Verdict {
    const found = this.#find(viewer, id);
    if (!found) return { status: 404 };
    return { status: 200, body: found.thread === id ? this.#standing(found) : this.#shown(found) };
  }

  list({ order = 'asc', after, before, limit, ...view }: Page): Verdict {
    if (view.with !== undefined && view.viewer === null) return { status: 401 };
    const seen = this.#messages.filter((kept) => !kept.isDeleted && this.#isIn(view, kept));
    const shown =
      order === 'active' ? [...new Map(seen.map((kept) => [kept.thread, kept] as const).reverse()).values()] : seen;
    const ranked = shown.map((kept) => ({ kept, rank: order === 'active' ? this.#latest(kept).id : kept.id }));
    const inside = ranked.filter(({ rank }) => rank > (after ?? 0) && rank < (before ?? Number.POSITIVE_INFINITY));
    const up = inside.sort((left, right) => left.rank - right.rank);
    const direction = order === 'asc' ? 'asc' : 'desc';
    // With one mark the page is what lies nearest to it.
    const nearest = (after === undefined) === (before === undefined) ? direction : after === undefined ? 'desc' : 'asc';
    const page = nearest === 'asc' ? up.slice(0, limit) : up.slice(-limit);
    if (direction === 'desc') page.reverse();
    const show = (kept: Kept) => (order === 'active' ? this.#standing(kept) : this.#shown(kept));
    return { status: 200, body: page.map(({ kept }) => show(kept)) };
  }

  topics(): Verdict {
    const open = this.#messages.filter(({ isDeleted, people }) => !isDeleted && people.length === 0);
    const names = [...new Set(open.flatMap(({ topics }) => topics))].sort();
    const body = names.map((topic) => {
      const posts = open.filter(({ topics }) => topics.includes(topic));
      const began = (kept: Kept) => this.#messages.find(({ id }) => id === kept.thread)?.topics.includes(topic);
      const threads = new Set(open.filter(began).map(({ thread }) => thread)).size;
      return [topic, threads, posts.length, posts.at(-1)?.id];
    });
    return { status: 200, body };
  }

  /** What a reader who knows `place` is told next, at most `limit` changes, and where it stands then. */
  since(place: Place, view: View, limit: number): { readonly told: Told[]; readonly place: Place } {
    const seen = this.#messages.filter((kept) => this.#isIn(view, kept));
    const changed = seen
      .filter(({ id, seq }) => id <= place.id && seq > place.seq)
      .sort((left, right) => left.seq - right.seq);
    const added = seen.filter(({ id, isDeleted }) => id > place.id && !isDeleted);
    const told = [
      ...changed.map((kept) => toldAs(kept.isDeleted ? 'delete' : 'edit', kept)),
      ...added.map((kept) => toldAs('message', kept)),
    ];
    const last = told[limit - 1];
    if (!last) return { told, place: { id: this.#head, seq: this.#head } };
    const [type, id, seq] = last;
    return { told: told.slice(0, limit), place: type === 'message' ? { id, seq: this.#head } : { id: place.id, seq } };
  }

  /** Everything that happens from now on, as a live reader is told. */
  follow(view: View): readonly Told[] {
    const told: Told[] = [];
    this.#live.push({ view, told });
    return told;
  }

  #tell(type: Told[0], kept: Kept): void {
    for (const { view, told } of this.#live) if (this.#isIn(view, kept)) told.push(toldAs(type, kept));
  }

  #find(viewer: string | null, id: number): Kept | undefined {
    const kept = this.#messages.find((each) => each.id === id && !each.isDeleted);
    return kept && this.#isIn({ viewer }, kept) ? kept : undefined;
  }

  #own(by: string | null, id: number, ifMatch: number | null): Kept | Verdict {
    if (by === null) return { status: 401 };
    const found = this.#find(by, id);
    if (!found) return { status: 404 };
    if (found.author !== by) return { status: 403 };
    return ifMatch !== null && ifMatch !== found.seq ? { status: 412 } : found;
  }

  #isIn({ viewer, topic, user, thread, replyTo, with: partner, visibility }: View, kept: Kept): boolean {
    const isPublic = kept.people.length === 0;
    if (!isPublic && (viewer === null || !kept.people.includes(viewer))) return false;
    if (partner !== undefined && kept.people.join() !== [...new Set([viewer ?? '', partner])].sort().join())
      return false;
    return (
      (topic === undefined || kept.topics.includes(topic)) &&
      (user === undefined || kept.author === user) &&
      (thread === undefined || kept.thread === thread) &&
      (replyTo === undefined || kept.replyTo === (replyTo === 'none' ? null : replyTo)) &&
      (visibility === undefined || (visibility === 'public') === isPublic)
    );
  }

  #inThread({ thread }: Kept): Kept[] {
    return this.#messages.filter((kept) => kept.thread === thread && !kept.isDeleted);
  }

  #latest(kept: Kept): Kept {
    return this.#inThread(kept).at(-1) ?? kept;
  }

  #shown({ id, seq, text, author, topics, replyTo, thread, people, isEdited }: Kept) {
    const replies = this.#messages.filter((kept) => kept.replyTo === id && !kept.isDeleted).length;
    const to = people.length > 1 ? people.filter((name) => name !== author) : people;
    const user = [author, this.people.get(author)?.bio ?? null];
    return { id, seq, text, user, topics, replyTo, thread, to, replies, isEdited, ...UNSAID };
  }

  #standing(kept: Kept) {
    return { ...this.#shown(kept), posts: this.#inThread(kept).length, latest: this.#latest(kept).id };
  }
}

/** How its thread stands is said of a thread's first message alone. */
const UNSAID: { readonly posts: number | null; readonly latest: number | null } = { posts: null, latest: null };

function toldAs(type: Told[0], { id, seq }: Kept): Told {
  return [type, id, seq];
}
