import { connect, mirror, shareStream } from './board/client.js';

// Rooms are topics. A private conversation is a thread among its people. What one has read stands in a note to oneself.
const NOTE = 'chat: what I have read';
const $ = (id) => document.getElementById(id);
const main = document.querySelector('main');
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const now = { me: null, place: null, mirror: null, editing: null, timer: null };
let client = connect('/board');

window.onunhandledrejection = ({ reason }) => fail(reason);
window.onhashchange = () => {
  go();
  if (now.place && matchMedia('(hover: hover)').matches) $('text').focus(); // elsewhere a keyboard would cover half of it
};
document.onvisibilitychange = refreshSoon;
// The tabs of a browser share one cookie, so whoever logs in or out does so in all of them.
const tabs = new BroadcastChannel('chat');
tabs.onmessage = () => location.reload();
$('leave').onclick = async () => {
  await client.sessions.close();
  tabs.postMessage('out');
  location.reload();
};
$('entry').onsubmit = async (event) => {
  event.preventDefault();
  const { username, password } = Object.fromEntries(new FormData(event.target));
  if (event.submitter.value === 'sign-up') await client.users.create({ username, password });
  await client.sessions.open({ username, password });
  tabs.postMessage('in');
  await start();
};

async function start() {
  // Of a session that has ended, this also takes back the cookie.
  now.me = (await client.sessions.current().catch(() => null))?.user ?? null;
  $('entry').hidden = now.me !== null;
  $('places').hidden = now.me === null;
  if (now.me === null) return;
  client = shareStream(client, now.me.username);
  go();
  // The list of places is made anew whenever anything happens that one may see.
  for await (const _ of client.stream({ cursor: await refresh() })) refreshSoon();
}

function refreshSoon() {
  if (now.me) now.timer ??= setTimeout(refresh, 150);
}

async function refresh() {
  now.timer = null;
  const { username } = now.me;
  const [{ topics }, talks, notes] = await Promise.all([
    client.topics.list({ order: 'active', limit: 100 }),
    client.messages.list({ visibility: 'private', order: 'active', limit: 100 }),
    client.messages.list({ with: [username], topic: [NOTE], limit: 1 }),
  ]);
  const known = notes.messages[0]?.data.read ?? {};
  const read = {}; // how many posts of each thread
  const people = [];
  for (const { thread, user, to, posts, latest } of talks.messages) {
    const others = [user.username, ...to].filter((name) => name !== username);
    if (others.length === 0) continue;
    const hash = `#/with/${encodeURIComponent(others.sort().join(','))}`;
    const isOpen = hash === location.hash && document.visibilityState === 'visible';
    const isRead = isOpen || latest.user.username === username;
    read[thread] = isRead ? posts : Math.min(known[thread] ?? 0, posts);
    people.push(placeItem(hash, latest, posts - read[thread]));
  }
  put($('people'), people);
  put(
    $('rooms'),
    topics.map(({ topic, latest }) => placeItem(`#/room/${encodeURIComponent(topic)}`, latest, 0)),
  );

  const data = { read };
  if (JSON.stringify(read) === JSON.stringify(known)) return talks.cursor;
  if (notes.messages[0]) await client.messages.edit(notes.messages[0].id, { data });
  else await client.messages.post({ text: 'How many posts I have read.', to: [username], topics: [NOTE], data });
  return talks.cursor;
}

function placeItem(hash, latest, unread) {
  const known = [...$('places').querySelectorAll('a')].find((link) => link.hash === hash);
  const link = known ?? element('a', { href: hash });
  link.replaceChildren(
    element('b', {}, placeOf(hash).label),
    element('small', {}, `${latest.user.username}: ${latest.text}`),
  );
  if (unread > 0) link.append(element('mark', {}, `${unread}`, element('span', {}, ' unread')));
  link.ariaCurrent = hash === location.hash ? 'page' : null;
  return known?.parentElement ?? element('li', {}, link);
}

for (const form of [$('room'), $('with')]) {
  form.onsubmit = (event) => {
    event.preventDefault();
    location.hash = `#/${form.id}/${encodeURIComponent(form.elements.name.value.trim())}`;
    form.reset();
  };
}

function placeOf(hash) {
  const [, kind, name] = hash.split('/').map(decodeURIComponent);
  if (kind === 'room')
    return { label: `# ${name}`, filter: { topic: [name], visibility: 'public' }, draft: { topics: [name] } };
  const people = name?.split(',');
  return people ? { label: people.join(', '), filter: { with: people }, draft: { to: people } } : null;
}

function go() {
  now.mirror?.close();
  now.place = now.me && placeOf(location.hash);
  main.hidden = now.place === null;
  $('messages').replaceChildren();
  refreshSoon();
  tell('');
  compose(null);
  if (now.place === null) return;
  $('title').textContent = now.place.label;
  now.mirror = mirror(client, now.place.filter);
  now.mirror.subscribe(show);
}

function show({ messages, error }) {
  if (error) tell(error.faults[0]?.message ?? error.message);
  $('composer').hidden = error?.code === 'bad-input'; // there is nobody of that name
  const list = $('messages');
  const { firstChild, scrollTop, scrollHeight, clientHeight } = list;
  put(list, messages.map(itemOf));
  // Who reads the newest stays there; who reads further up is not moved.
  if (!firstChild || scrollHeight - scrollTop - clientHeight < 80) list.scrollTop = list.scrollHeight;
  else if (list.firstChild !== firstChild) list.scrollTop = scrollTop + list.scrollHeight - scrollHeight;
  loadOlder();
}

$('messages').onscroll = loadOlder;
function loadOlder() {
  if (now.mirror.getSnapshot().hasOlder && $('messages').scrollTop < 200) now.mirror.loadOlder();
}

const items = new WeakMap(); // a message that has not changed is the same object as before
function itemOf(message) {
  if (items.has(message)) return items.get(message);
  const { id, user, text, created, edited } = message;
  const time = element('time', { dateTime: created }, clock.format(new Date(created)), edited ? ', edited' : '');
  const item = element('li', {}, element('b', {}, user.username), ' ', time, element('p', { dir: 'auto' }, text));
  if (user.id === now.me.id) {
    const remove = () => confirm('Delete this message?') && client.messages.delete(id);
    item.append(
      element('button', { onclick: () => compose(message) }, 'Edit'),
      ' ',
      element('button', { onclick: remove }, 'Delete'),
    );
    item.className = 'mine';
  }
  items.set(message, item);
  return item;
}

function compose(message) {
  now.editing = message;
  $('text').value = message?.text ?? '';
  $('send').textContent = message ? 'Save' : 'Send';
  if (message) $('text').focus();
}

$('composer').onsubmit = async (event) => {
  event.preventDefault();
  const text = $('text').value.trim();
  const { editing, place } = now;
  if (!text) return;
  compose(null);
  tell('');
  try {
    await (editing ? client.messages.edit(editing.id, { text }) : client.messages.post({ text, ...place.draft }));
  } catch (error) {
    if (now.place === place && !$('text').value) {
      compose(editing);
      $('text').value = text;
    }
    throw error;
  }
};
$('text').onkeydown = (event) => {
  if (event.key === 'Escape') compose(null);
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $('composer').requestSubmit();
};

// Text goes in as text, never as HTML.
function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// Moves no item that is in its place, so that the keyboard's focus stays.
function put(list, nodes) {
  for (const child of [...list.children]) if (!nodes.includes(child)) child.remove();
  for (const [at, node] of nodes.entries()) if (list.children[at] !== node) list.insertBefore(node, list.children[at]);
}

function tell(sentence) {
  $('fault').textContent = sentence;
}

const fail = ({ code, message }) => (code === 'unauthorized' && now.me ? location.reload() : tell(message)); // banned
start().catch(fail);
