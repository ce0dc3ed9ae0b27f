import type { Client } from '../model/client.ts';
import type { Message } from '../model/message.ts';
import type { User } from '../model/user.ts';
import { element, put } from './dom.ts';
import { labelOf } from './message-item.ts';
import { hashOf, keyOf, type Place, placeOf } from './place.ts';

/** After something happened, the lists are read again once, this much later (ms). */
const REST = 1500;

/** The ways to topics, conversations and oneself, beside what is shown. */
export class Places {
  readonly #root: HTMLElement;
  readonly #client: Client;
  readonly #me: User | null;
  readonly #finder = finder();
  #place: Place = { kind: 'all' };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOpen = true;

  constructor(root: HTMLElement, client: Client, me: User | null) {
    this.#root = root;
    this.#client = client;
    this.#me = me;
    root.replaceChildren();
  }

  async show(place: Place): Promise<void> {
    this.#place = place;
    this.#mark();
    await this.#read();
  }

  /** Something happened: counts and order are not what they were. */
  refresh(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#read();
    }, REST);
  }

  close(): void {
    this.#isOpen = false;
    clearTimeout(this.#timer);
  }

  async #read(): Promise<void> {
    try {
      const [{ topics }, conversations] = await Promise.all([
        this.#client.topics.list({ order: 'active', limit: 50 }),
        this.#me === null ? [] : this.#conversations(),
      ]);
      if (!this.#isOpen) return;
      const topicLinks = topics.map(({ topic, posts }) => this.#link({ kind: 'topic', topic }, labelOf(topic), posts));
      put(this.#root, [
        this.#link({ kind: 'all' }, 'Everything', null),
        element('h2', {}, 'Topics'),
        ...(topicLinks.length > 0 ? topicLinks : [hint('Write #something in a message to begin one.')]),
        ...(this.#me === null
          ? []
          : [element('h2', {}, 'Private'), ...this.#privateLinks(this.#me, conversations), this.#finder]),
      ]);
      this.#mark();
    } catch {
      // The status line says already that the board is away.
    }
  }

  async #conversations(): Promise<readonly Message[]> {
    const { messages } = await this.#client.messages.list({ visibility: 'private', order: 'active', limit: 30 });
    return messages;
  }

  #privateLinks(me: User, conversations: readonly Message[]): HTMLElement[] {
    const links = new Map<string, HTMLElement>();
    for (const first of conversations) {
      const people = [...new Set([first.user.username, ...first.to])].filter((name) => name !== me.username).sort();
      if (people.length === 0) continue;
      const place = { kind: 'with', people } as const;
      if (!links.has(hashOf(place))) links.set(hashOf(place), this.#link(place, people.join(', '), first.posts));
    }
    const notes = this.#link({ kind: 'with', people: [me.username] }, 'Notes to yourself', null);
    return [...links.values(), notes];
  }

  /** The link to a place: the one that is there already, with what is new. */
  #link(place: Place, label: string, count: number | null): HTMLElement {
    const href = hashOf(place);
    const known = [...this.#root.querySelectorAll('a')].find((link) => link.getAttribute('href') === href);
    const link = known ?? element('a', { href });
    link.replaceChildren(element('span', { className: 'label' }, label));
    if (count !== null) link.append(element('span', { className: 'count', title: `${count} messages` }, `${count}`));
    return link;
  }

  #mark(): void {
    const reader = this.#me?.username ?? null;
    const here = keyOf(this.#place, reader);
    for (const link of this.#root.querySelectorAll('a')) {
      if (keyOf(placeOf(link.hash), reader) === here) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  }
}

/** Begins a conversation with somebody by name. */
function finder(): HTMLElement {
  const name = element('input', {
    name: 'username',
    placeholder: 'Write to…',
    ariaLabel: 'Write to somebody, by username',
    autocomplete: 'off',
  });
  const form = element('form', {}, name);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const people = name.value.split(/[\s,]+/).filter(Boolean);
    if (people.length > 0) location.hash = hashOf({ kind: 'with', people });
    name.value = '';
  });
  return form;
}

function hint(text: string): HTMLElement {
  return element('p', { className: 'hint' }, text);
}
