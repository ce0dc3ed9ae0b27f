import { connect, mirror, shareStream } from './board/client.js';

// Whom one follows stands in the data of one's account, as ids. A hashtag of a text is a topic of its message.
const MARKED = /(?<![\p{L}\p{N}_&/])([#@][\p{L}\p{M}\p{N}_]+(?:[.-][\p{L}\p{M}\p{N}_]+)*)/u;
const MOST = 400; // whom one follows: so many ids fit into the data of an account, and into a filter
const $ = (id) => document.getElementById(id);
const now = { me: null, view: null, mirror: null, editing: null, newest: null };
let client = connect('/board');

window.onunhandledrejection = ({ reason }) => fail(reason);
window.onhashchange = () => go().then(() => $('title').focus());
const tabs = new BroadcastChannel('microblog'); // they share one cookie: whoever logs in or out does so in all of them
tabs.onmessage = () => location.reload();
$('leave').onclick = () => client.sessions.close().then(renew);
$('older').onclick = () => now.mirror.loadOlder().catch(recover);
$('entry').onsubmit = async (event) => {
  event.preventDefault();
  const { username, password } = Object.fromEntries(new FormData(event.target));
  if (event.submitter.value === 'sign-up') await client.users.create({ username, password });
  await client.sessions.open({ username, password });
  renew();
};
const renew = () => [tabs.postMessage(''), location.reload()];

async function start() {
  const { me } = Object.assign(now, { me: (await client.sessions.current().catch(() => null))?.user ?? null });
  client = shareStream(client, me?.username ?? '');
  $('home').hidden = $('me').hidden = $('leave').hidden = me === null;
  if (me) Object.assign($('me'), { href: personHash(me.username), textContent: me.username });
  await go();
}

async function go() {
  const { hash } = location;
  now.mirror?.close();
  tell('');
  $('list').replaceChildren();
  $('older').hidden = true;
  const [view, { topics }] = await Promise.all([
    viewOf(hash).catch(({ message }) => ({ title: message })),
    client.topics.list({ order: 'active', limit: 8 }),
  ]);
  if (hash !== location.hash) return;
  Object.assign(now, { view, newest: null });
  document.title = $('title').textContent = view.title;
  for (const link of document.links) link.ariaCurrent = link.hash === (hash || '#/') ? 'page' : null;
  $('entry').hidden = now.me !== null;
  $('topics').replaceChildren(...(view.isTimeline ? topics.map(({ topic }) => markLink(`#${topic}`)) : []));
  $('list')[view.isThread ? 'after' : 'before']($('composer'), $('news'));
  $('list')[view.isThread ? 'before' : 'after']($('older'));
  compose(null);
  showProfile(view);
  keepUp(view);
}

function keepUp({ filter }) {
  now.mirror?.close();
  now.mirror = filter && mirror(client, { ...filter, visibility: 'public' }, { limit: 20 });
  now.mirror?.subscribe(show);
}

// Whoever is banned goes on as nobody.
const fail = ({ code, message }) => (code === 'unauthorized' && now.me ? renew() : tell(message));

async function viewOf(hash) {
  const [, kind, name] = hash.split('/').map(decodeURIComponent);
  if (kind === 'topic') return { title: `#${name}`, filter: { topic: [name] }, draft: { topics: [name] } };
  if (kind === 'person') {
    const user = await client.users.get(name);
    return { title: user.username, filter: { user: [user.id] }, user, people: await followedBy(user) };
  }
  if (kind === 'post') {
    const [first] = (await client.messages.list({ thread: name, limit: 1 })).messages;
    const title = first ? `A post by ${first.user.username}` : 'There is nothing here';
    return { title, filter: { thread: Number(name) }, draft: first && { replyTo: first.id }, isThread: true };
  }
  const isHome = kind !== 'all' && now.me;
  const filter = { replyTo: 'none', user: isHome ? [now.me.id, ...followsOf(now.me)] : [] };
  return { title: isHome ? 'Home' : 'Everybody', filter, draft: {}, isTimeline: true };
}

const followsOf = ({ data }) => [data?.follows ?? []].flat().filter(Number.isInteger).slice(0, MOST);

// Those who are still there, looked up by the hundred.
async function followedBy(user) {
  const ids = followsOf(user);
  const parts = Array.from({ length: Math.ceil(ids.length / 100) }, (_, n) => ids.slice(100 * n, 100 * (n + 1)));
  const lists = await Promise.all(parts.map((part) => client.users.list({ user: part })));
  return lists.flatMap(({ users }) => users);
}

function showProfile({ user, people }) {
  $('profile').hidden = !user;
  if (!user) return;
  const isMe = user.id === now.me?.id;
  const isFollowed = now.me && followsOf(now.me).includes(user.id);
  $('bio').replaceChildren(...linked(user.bio ?? ''));
  $('follows').replaceChildren(...people.map(({ username }) => markLink(`@${username}`)));
  $('follow').hidden = now.me === null;
  $('follow').textContent = isMe ? 'Edit bio' : isFollowed ? 'Unfollow' : 'Follow';
  $('follow').classList.toggle('quiet', isMe || isFollowed);
  $('follow').onclick = async () => {
    const bio = isMe ? prompt('About you', user.bio ?? '') : null;
    if (isMe && bio === null) return;
    const { data } = await client.users.me(); // it may have changed on another device
    const others = followsOf({ data }).filter((id) => id !== user.id);
    if (!isMe && !isFollowed && others.length === MOST) throw new Error(`One follows at most ${MOST} people.`);
    const changed = { ...data, follows: isFollowed ? others : [...others, user.id] };
    now.me = await client.users.update(isMe ? { bio: bio || null } : { data: changed });
    showProfile({ user: isMe ? now.me : user, people });
  };
}

function show({ messages, hasOlder, isLive, error }) {
  if (error) fail(error);
  const items = messages.map(itemOf);
  put($('list'), now.view.isThread ? items : items.toReversed());
  $('older').hidden = !hasOlder;
  const { id = 0, user } = messages.at(-1) ?? {};
  if (now.newest !== null && id > now.newest && user.id !== now.me?.id) tell('', `${user.username} has written.`);
  if (isLive) now.newest = id;
}

const items = new WeakMap(); // a message that has not changed is the same object as before
function itemOf(message) {
  if (items.has(message)) return items.get(message);
  const { id, user, text, created, edited, thread, replyTo, replies } = message;
  const name = element('a', { href: personHash(user.username) }, user.username);
  const answers = replyTo ? 'Conversation' : replies === 0 ? 'Reply' : replies === 1 ? '1 reply' : `${replies} replies`;
  const foot = element('footer', {}, now.view.isThread ? '' : element('a', { href: `#/post/${thread}` }, answers));
  if (user.id === now.me?.id) {
    const remove = () => confirm('Delete this post?') && client.messages.delete(id);
    foot.append(element('button', { type: 'button', onclick: () => compose(message) }, 'Edit'));
    foot.append(element('button', { type: 'button', onclick: remove }, 'Delete'));
  }
  const head = element('header', {}, name, timeOf(created, edited ? ', edited' : ''));
  const item = element('li', {}, faceOf(user), head, element('p', { dir: 'auto' }, ...linked(text)), foot);
  items.set(message, item);
  return item;
}

const personHash = (username) => `#/person/${encodeURIComponent(username)}`;
const linked = (text) => text.split(MARKED).map((part, at) => (at % 2 === 1 ? markLink(part) : part));

/** A hashtag leads to its topic, a mention to the person. */
function markLink(mark) {
  const name = mark.slice(1);
  const href = mark.startsWith('@') ? personHash(name) : `#/topic/${encodeURIComponent(name.toLowerCase())}`;
  return element('a', { href }, mark);
}

// Makes the form ready for a message of one's own to edit, or for a new one.
function compose(message) {
  const { draft } = now.view;
  now.editing = message;
  $('composer').hidden = now.me === null || (!draft && !message);
  $('text').value = message?.text ?? '';
  $('text').placeholder = draft?.replyTo ? 'Write a reply' : 'What is new? #hashtags become topics';
  $('send').textContent = message ? 'Save' : draft?.replyTo ? 'Reply' : 'Post';
  if (message) $('text').focus();
}

$('composer').onkeydown = ({ key, ctrlKey, metaKey }) => {
  if (key === 'Escape' && now.editing) compose(null);
  if (key === 'Enter' && (ctrlKey || metaKey)) $('composer').requestSubmit($('send'));
};
$('composer').onsubmit = async (event) => {
  event.preventDefault();
  const { editing, view } = now;
  const text = $('text').value;
  const tags = text.split(MARKED).flatMap((part, at) => (at % 2 && part[0] === '#' ? part.slice(1).toLowerCase() : []));
  const topics = [...new Set([...(view.draft?.topics ?? []), ...tags])].slice(0, 5);
  const { edit, post } = client.messages;
  $('send').disabled = true;
  const writing = editing ? edit(editing.id, { text }) : post({ text, ...view.draft, topics });
  await writing.finally(() => Object.assign($('send'), { disabled: false }));
  tell('');
  compose(null);
};

// Moves no item that is in its place, so that the keyboard's focus stays.
function put(list, nodes) {
  for (const child of [...list.children]) if (!nodes.includes(child)) child.remove();
  for (const [at, node] of nodes.entries()) if (list.children[at] !== node) list.insertBefore(node, list.children[at]);
}

const faceOf = ({ id, username }) =>
  element('i', { ariaHidden: 'true', style: `--hue: ${(id * 137) % 360}` }, [...username][0]);

function timeOf(created, remark = '') {
  const at = new Date(created);
  const isToday = at.toDateString() === new Date().toDateString();
  const text = at.toLocaleString(undefined, isToday ? { timeStyle: 'short' } : { day: 'numeric', month: 'short' });
  return element('time', { dateTime: created, title: at.toLocaleString() }, text, remark);
}

// Text goes in as text, never as HTML.
function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function tell(fault, news = '') {
  $('fault').textContent = fault;
  $('news').textContent = news;
}

start().catch(fail);
