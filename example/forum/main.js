import { connect, shareStream } from './board/client.js';

// A board is a topic, a thread is one of msgboard's; its title stands in the data of the message that began it.
const SIZE = 20;
const $ = (id) => document.getElementById(id);
const now = { me: null, view: null, editing: null, timer: null, asked: 0, shown: 0 };
let client = connect('/board');

window.onunhandledrejection = ({ reason }) => tell(reason.message);
window.onhashchange = () => go().then(() => $('title').focus());
const tabs = Object.assign(new BroadcastChannel('forum'), { onmessage: () => location.reload() }); // share a cookie
$('leave').onclick = () => client.sessions.close().then(renew);
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
  $('entry').hidden = me !== null;
  $('leave').hidden = me === null;
  $('lift').hidden = !me?.moderator;
  $('me').textContent = me ? `${me.username}${me.moderator ? ', moderator' : ''}` : '';
  const { cursor } = await client.messages.list({ limit: 1 });
  await go();
  // One stream for every page: whatever concerns the one that is open has it drawn again.
  for await (const { type, message } of client.stream({ visibility: 'public', cursor })) {
    if (message && !now.view?.concerns(message)) continue;
    if (type === 'message' && message.user.id !== me?.id) tell('', `${message.user.username} has written.`);
    now.timer ??= setTimeout(draw, 150);
  }
}

async function go() {
  tell('');
  await draw();
  compose(null);
  scrollTo(0, 0);
}

async function draw() {
  now.timer = null;
  const { hash } = location;
  const asked = ++now.asked;
  const [path, search] = hash.slice(2).split('?');
  const [kind, name] = path.split('/').map(decodeURIComponent);
  const show = kind === 'board' ? board : kind === 'thread' ? thread : boards;
  const view = await show(name, Object.fromEntries(new URLSearchParams(search)));
  if (hash !== location.hash || asked < now.shown) return; // what was asked for later came sooner
  Object.assign(now, { view, shown: asked });
  document.title = $('title').textContent = view.title;
  $('board').hidden = show !== boards || now.me === null;
  $('composer').hidden = !view.draft || now.me === null;
  put($('trail'), view.trail);
  put($('list'), view.items);
  const turns = Object.entries(view.turns).filter(([, query]) => query);
  const linkOf = ([label, query]) => element('a', { href: `#/${path}?${marksOf(query)}` }, label);
  put($('turns'), turns.map(linkOf));
}

async function boards(_, marks) {
  const { topics, next, prev } = await client.topics.list({ ...marks, order: 'active', limit: SIZE });
  const items = topics.map(({ topic, threads, posts, latest }) =>
    rowOf(boardLink(topic), latest, `${count(threads, 'thread')}, ${count(posts, 'post')}`),
  );
  return { title: 'Boards', trail: [], items, turns: { Newer: prev, Older: next }, concerns: () => true };
}

async function board(name, marks) {
  const query = { topic: [name], visibility: 'public', order: 'active', limit: SIZE };
  const { messages, next, prev } = await client.messages.list({ ...query, ...marks });
  const items = messages.map((message) => {
    const { thread, user, posts, latest } = message;
    const link = element('a', { href: `#/thread/${thread}` }, titleOf(message));
    return rowOf(link, latest, `${count(posts, 'post')}, begun by ${user.username}`, faceOf(user));
  });
  const trail = [element('a', { href: '#/' }, '‹ Boards')];
  const concerns = ({ topics }) => topics.includes(name);
  return { title: name, trail, items, turns: { Newer: prev, Older: next }, draft: { topics: [name] }, concerns };
}

async function thread(id, marks) {
  const [page, about] = await Promise.all([
    client.messages.list({ thread: id, limit: SIZE, ...marks }),
    client.messages.list({ thread: id, order: 'active' }), // how it stands, even if its first message was deleted
  ]);
  const isBackward = marks.order === 'desc';
  const [earlier, later] = isBackward ? [page.next, page.prev] : [page.prev, page.next];
  const [first] = about.messages;
  return {
    title: first ? titleOf(first) : 'There is nothing here',
    trail: (first?.topics ?? []).map((topic) => boardLink(topic, '‹ ')),
    items: (isBackward ? page.messages.toReversed() : page.messages).map(postItem),
    turns: { First: earlier && {}, Earlier: earlier, Later: later, Latest: later && { order: 'desc' } },
    draft: first && { replyTo: first.id },
    concerns: (message) => message.thread === Number(id),
  };
}

const titleOf = ({ data, text }) => `${data?.title ?? text}`.slice(0, 200);
const boardLink = (topic, before = '') => element('a', { href: `#/board/${encodeURIComponent(topic)}` }, before, topic);
const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;
const marksOf = ({ before, after, order }) =>
  new URLSearchParams(Object.entries({ before, after, order }).filter(([, mark]) => mark));
const faceOf = ({ id, username }) =>
  element('i', { ariaHidden: 'true', style: `--hue: ${(id * 137) % 360}` }, [...username][0]);

function rowOf(link, { user, text, created }, counts, face = '') {
  const news = element('p', {}, element('b', {}, user.username), `: ${text}`);
  const about = element('small', {}, counts);
  return element('li', { className: 'row' }, face, element('h2', {}, link), timeOf(created), news, about);
}

function postItem(message, at) {
  const { id, user, text, created, edited, thread } = message;
  const head = [faceOf(user), element('b', {}, user.username), timeOf(created, edited ? ', edited' : '')];
  const item = element('li', { id: `post-${id}` }, element('header', {}, ...head), element('p', { dir: 'auto' }, text));
  const offer = (label, onclick) => item.append(element('button', { type: 'button', onclick }, label));
  const isMine = user.id === now.me?.id;
  const isTheirs = !isMine && now.me?.moderator;
  if (isMine) offer('Edit', () => compose(message));
  if (isMine || isTheirs) offer('Delete', () => confirm('Delete this post?') && client.messages.delete(id));
  if (isTheirs) offer(`Ban ${user.username}`, () => ban(user.username));
  if (at === 0 && now.me?.moderator) offer('Delete thread', () => confirm('Delete it all?') && deleteAll({ thread }));
  return item;
}

async function ban(username) {
  if (!confirm(`Ban ${username}?`)) return;
  await client.users.administer(username, { banned: true });
  if (confirm(`${username} is banned. Delete all that they have posted, too?`)) await deleteAll({ user: username });
}

async function deleteAll(query) {
  while ((await client.messages.deleteMany(query)).deleted > 0) tell('', 'Deleting …');
  tell('', 'All of it is deleted.');
}

$('lift').onclick = async () => {
  const username = prompt('Whose ban is to be lifted?');
  if (!username) return;
  await client.users.administer(username, { banned: false });
  tell('', `${username} may come back.`);
};

// Makes the form ready for one's own message, or for a new one.
function compose(message) {
  const draft = now.view?.draft;
  const hasTitle = message ? message.id === message.thread : draft?.topics !== undefined;
  now.editing = message;
  Object.assign($('heading'), { hidden: !hasTitle, disabled: !hasTitle, value: message ? titleOf(message) : '' });
  $('text').value = message?.text ?? '';
  $('task').textContent = message ? 'Edit your post' : hasTitle ? 'Begin a thread' : 'Reply';
  $('send').textContent = message ? 'Save' : 'Post';
  if (message) $('text').focus();
}

$('composer').onkeydown = ({ key, ctrlKey, metaKey }) => {
  if (key === 'Escape' && now.editing) compose(null);
  if (key === 'Enter' && (ctrlKey || metaKey)) $('composer').requestSubmit($('send'));
};
$('composer').onsubmit = async (event) => {
  event.preventDefault();
  const { editing, view } = now;
  const content = { text: $('text').value };
  if (!$('heading').hidden) content.data = { ...editing?.data, title: $('heading').value };
  const { edit, post } = client.messages;
  $('send').disabled = true;
  const writing = editing ? edit(editing.id, content) : post({ ...content, ...view.draft });
  const { id, thread } = await writing.finally(() => Object.assign($('send'), { disabled: false }));
  tell('');
  compose(null);
  await draw();
  if (view.draft.topics) location.hash = `#/thread/${thread}`;
  else if (!$(`post-${id}`)) location.hash = `#/thread/${thread}?order=desc`;
  $(`post-${id}`)?.scrollIntoView({ block: 'nearest' });
};
$('board').onsubmit = (event) => {
  event.preventDefault();
  location.hash = `#/board/${encodeURIComponent(event.target.elements.name.value.trim())}`;
  event.target.reset();
};

// What is there already and would be the same stays, and so does the keyboard's focus.
function put(list, nodes) {
  const { href } = document.activeElement;
  const known = [...list.children];
  const wanted = nodes.map((node) => known.find((child) => child.isEqualNode(node)) ?? node);
  for (const child of known) if (!wanted.includes(child)) child.remove();
  for (const [at, node] of wanted.entries()) if (list.children[at] !== node) list.insertBefore(node, list.children[at]);
  if (href && document.activeElement === document.body) [...document.links].find((link) => link.href === href)?.focus();
}

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

start().catch(({ code, message }) => (code === 'unauthorized' && now.me ? renew() : tell(message))); // banned?
