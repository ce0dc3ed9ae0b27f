import type { Client } from '../model/client.ts';
import { BoardError } from '../model/errors.ts';
import type { Message } from '../model/message.ts';
import type { User } from '../model/user.ts';
import { type Mirror, type MirrorState, mirror } from '../remote/mirror.ts';
import { type Composer, HAS_KEYBOARD, type Send } from './composer.ts';
import { confirm, sentenceOf } from './dialogs.ts';
import { button, byId, element } from './dom.ts';
import type { Drafts } from './drafts.ts';
import { labelOf, messageItem } from './message-item.ts';
import { MessageList } from './message-list.ts';
import { draftOf, filterOf, hashOf, type Place } from './place.ts';

interface ViewOptions {
  readonly client: Client;
  readonly me: User | null;
  readonly place: Place;
  readonly drafts: Drafts;
  /** Runs on everything that happens there. */
  readonly onNews: () => void;
  /** Runs when the place is live, when it waits for the board, and when it has ended. */
  readonly onState: (state: 'live' | 'waiting' | 'ended') => void;
  /** Runs when something has ended it that time does not mend. */
  readonly onEnd: (error: unknown) => void;
}

/** One place of the board, live, with what somebody may do there. */
export class PlaceView {
  readonly #options: ViewOptions;
  readonly #mirror: Mirror;
  readonly #list: MessageList;
  readonly #composer: Composer | null;
  #isOpen = true;

  constructor(options: ViewOptions) {
    const { client, me, place, drafts } = options;
    this.#options = options;
    this.#mirror = mirror(client, filterOf(place));
    this.#composer = me && drafts.open(me.username, place, placeholderOf(place), this.#send);
    this.#list = new MessageList({
      item: (message) => messageItem(message, me, place, this.#actions),
      loadOlder: () => this.#mirror.loadOlder(),
      empty: emptyOf(place, me),
    });

    const title = element('header', { className: 'title' }, element('h1', {}, titleOf(place)), this.#subtitle());
    const foot = element('footer', { className: 'foot' }, this.#list.newer, this.#composer?.root ?? null);
    byId('main').replaceChildren(title, this.#list.root, foot);
    this.#mirror.subscribe((state) => this.#show(state));
    document.title = `${titleOf(place)} · msgboard`;
  }

  close(): void {
    this.#isOpen = false;
    this.#mirror.close();
  }

  /** Puts the keyboard where one goes on: to write, or to read. */
  focus(): void {
    if (this.#composer && HAS_KEYBOARD) this.#composer.focus();
    else byId('main').focus();
  }

  #show({ messages, hasOlder, isLive, error }: MirrorState): void {
    if (error !== null) {
      this.#end(error);
      return;
    }
    this.#options.onState(isLive ? 'live' : 'waiting');
    // Before the first page has come, nobody knows that there is nothing.
    if (!isLive && messages.length === 0) return;
    this.#list.show(messages, hasOlder);
    // Where there is no thread, there is nothing to answer.
    this.#offerBox(this.#options.place.kind !== 'thread' || messages.length > 0);
    this.#options.onNews();
  }

  #end(error: unknown): void {
    const { me, place } = this.#options;
    this.#list.say(me === null && place.kind === 'with' ? 'Log in to read what is private.' : sentenceOf(error));
    this.#offerBox(false);
    this.#options.onState('ended');
    this.#options.onEnd(error);
  }

  #offerBox(isOffered: boolean): void {
    if (!this.#composer) return;
    const { root } = this.#composer;
    if (!isOffered && root.contains(document.activeElement)) byId('main').focus();
    root.hidden = !isOffered;
  }

  /** A line under the title; that of a person comes when the board has told it. */
  #subtitle(): HTMLElement {
    const { place, client } = this.#options;
    const line = element('p', {}, place.kind === 'with' ? 'Nobody else can read this.' : '');
    const show = (user: User) => line.replaceChildren(...this.#about(user, show));
    // The list says why.
    if (place.kind === 'user') client.users.get(place.username).then(show, () => {});
    return line;
  }

  /**
   * What a person says about themselves, and what one can do with others.
   *
   * @param show - shows them as they have become.
   */
  #about({ id, username, bio, banned }: User, show: (user: User) => void): (Node | string)[] {
    const { me, client } = this.#options;
    const words = bio ? [bio, ' '] : [];
    if (me === null || me.id === id) return words;
    const href = hashOf({ kind: 'with', people: [username] });
    const ways = [...words, element('a', { href }, 'Write privately')];
    if (!banned) return ways;
    const lift = async () => show(await client.users.administer(id, { banned: false }));
    const question = `Lift the ban of ${username}? They can log in again.`;
    return [
      ...ways,
      ' Banned. ',
      button('Lift the ban', () => confirm(question, 'Lift it', lift), { className: 'quiet' }),
    ];
  }

  readonly #send: Send = async ({ text, replyTo, editing }) => {
    const { client, place } = this.#options;
    const { user, thread } = editing
      ? await client.messages.edit(editing.id, { text })
      : await client.messages.post(draftOf(place, text, replyTo ?? (await this.#opener())));
    this.#list.toEnd();
    // A page of somebody else does not show it.
    const isElsewhere = place.kind === 'user' && user.username !== place.username;
    if (isElsewhere && this.#isOpen) location.hash = hashOf(replyTo ? { kind: 'thread', id: thread } : { kind: 'all' });
  };

  /** What is answered in a thread where nothing else was chosen: its oldest message that is left. */
  async #opener(): Promise<Message | null> {
    const { client, place } = this.#options;
    if (place.kind !== 'thread') return null;
    const { messages, hasOlder } = this.#mirror.getSnapshot();
    const known = hasOlder ? undefined : messages[0];
    const oldest = known ?? (await client.messages.list({ thread: place.id, limit: 1 })).messages[0];
    if (!oldest) throw new BoardError('not-found', 'There is nothing left to answer.');
    return oldest;
  }

  readonly #actions = {
    reply: (message: Message) => this.#composer?.reply(message),
    edit: (message: Message) => this.#composer?.edit(message),
    remove: ({ id }: Message) =>
      confirm('Delete this message?', 'Delete', () => this.#options.client.messages.delete(id)),
    ban: ({ user }: Message) => {
      const question = `Ban ${user.username}? They can no longer log in or post; what they wrote stays.`;
      return confirm(question, 'Ban', () => this.#options.client.users.administer(user.id, { banned: true }));
    },
  };
}

function titleOf(place: Place): string {
  switch (place.kind) {
    case 'all':
      return 'Everything';
    case 'topic':
      return labelOf(place.topic);
    case 'thread':
      return 'Thread';
    case 'with':
      return place.people.join(', ');
    case 'user':
      return place.username;
  }
}

function placeholderOf(place: Place): string {
  switch (place.kind) {
    case 'all':
    case 'user':
      return 'Write to everybody';
    case 'topic':
      return `Write in ${labelOf(place.topic)}`;
    case 'thread':
      return 'Write an answer';
    case 'with':
      return `Write to ${place.people.join(', ')}`;
  }
}

function emptyOf(place: Place, me: User | null): HTMLElement {
  const [title, words] = wordsOfNothing(place, me);
  return element('div', { className: 'empty' }, element('strong', {}, title), words);
}

function wordsOfNothing({ kind }: Place, me: User | null): [title: string, words: string] {
  if (kind === 'thread') return ['Nothing here', 'There is no such thread, or it is private.'];
  const invitation = me ? 'Write the first message below.' : 'Sign up, and write the first message.';
  if (kind === 'all') return ['A board of your own', `${invitation} Whoever has this page open sees it at once.`];
  return ['Nothing here yet', invitation];
}
