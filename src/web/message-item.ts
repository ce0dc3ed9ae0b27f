import type { Message } from '../model/message.ts';
import type { User } from '../model/user.ts';
import { button, element, time } from './dom.ts';
import { hashOf, type Place } from './place.ts';
import { richText } from './rich-text.ts';

/** What a person may do with a message that is shown. */
export interface MessageActions {
  reply(message: Message): void;
  edit(message: Message): void;
  remove(message: Message): Promise<void>;
  ban(message: Message): Promise<void>;
}

/** A message as an item of the list. */
export function messageItem(message: Message, me: User | null, place: Place, actions: MessageActions): HTMLLIElement {
  const { user } = message;
  const avatar = element('span', { className: 'avatar', ariaHidden: 'true' }, [...user.username][0] ?? '');
  avatar.style.setProperty('--hue', `${(user.id * 137) % 360}`);

  return element(
    'li',
    { className: 'message', id: `message-${message.id}` },
    avatar,
    byline(message),
    context(message, place),
    element('p', { className: isLong(message.text) ? 'text long' : 'text' }, ...richText(message.text, message.topics)),
    tail(message, me, place, actions),
  );
}

function byline({ user, created, edited, to }: Message): HTMLElement {
  const author = {
    href: hashOf({ kind: 'user', username: user.username }),
    className: 'author',
    title: user.bio ?? '',
  };
  return element(
    'div',
    { className: 'byline' },
    element('a', author, user.username),
    time(created),
    edited === null ? null : element('span', { className: 'note' }, 'edited'),
    to.length === 0 ? null : element('span', { className: 'private' }, `only for ${to.join(', ')}`),
  );
}

/** What it answers, where that is not plain from the place. */
function context({ replyTo, thread }: Message, place: Place): HTMLElement | null {
  if (replyTo === null || place.kind === 'thread') return null;
  return element(
    'div',
    { className: 'context' },
    element('a', { href: hashOf({ kind: 'thread', id: thread }) }, '↩ in a thread'),
  );
}

function tail(message: Message, me: User | null, place: Place, actions: MessageActions): HTMLElement {
  const isMine = me !== null && me.id === message.user.id;
  const moderates = me?.moderator === true && message.to.length === 0;
  const name = message.user.username;

  const said = element('div', { className: 'tail' });
  if (message.replies > 0 && place.kind !== 'thread') {
    const count = message.replies === 1 ? '1 reply' : `${message.replies} replies`;
    said.append(element('a', { href: hashOf({ kind: 'thread', id: message.thread }) }, count));
  }
  for (const topic of message.topics)
    said.append(element('a', { href: hashOf({ kind: 'topic', topic }) }, labelOf(topic)));
  if (me) said.append(button('Reply', () => actions.reply(message), { ariaLabel: `Reply to ${name}` }));
  if (isMine) said.append(button('Edit', () => actions.edit(message), { ariaLabel: 'Edit this message' }));
  if (isMine || moderates) {
    said.append(
      button('Delete', () => actions.remove(message), {
        className: 'danger',
        ariaLabel: `Delete this message of ${name}`,
      }),
    );
  }
  if (moderates && !isMine)
    said.append(button('Ban', () => actions.ban(message), { className: 'danger', ariaLabel: `Ban ${name}` }));
  return said;
}

/** A topic, as people write it. */
export function labelOf(topic: string): string {
  return topic.startsWith('@') ? topic : `#${topic}`;
}

/** Scrolls by itself, so that one message never pushes away all others. */
function isLong(text: string): boolean {
  return text.length > 2000 || text.split('\n').length > 30;
}
