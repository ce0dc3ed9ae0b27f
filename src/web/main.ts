import { BoardError } from '../model/errors.ts';
import type { User } from '../model/user.ts';
import { connect } from '../remote/connect.ts';
import { shareStream } from '../remote/share-stream.ts';
import { AccountMenu } from './account.ts';
import { byId, element } from './dom.ts';
import { Drafts } from './drafts.ts';
import { placeOf } from './place.ts';
import { PlaceView } from './place-view.ts';
import { Places } from './places.ts';

/** The built-in page of a board: its address says what it shows, and the session's cookie who reads. */
const address = new URL('.', location.href).href;
const client = connect(address);
const account = new AccountMenu(byId('account'), client, start);
const drafts = new Drafts();

let me: User | null = null;
let view: PlaceView | null = null;
let places: Places | null = null;

async function start(): Promise<void> {
  // Of a session that has ended, this also takes back the cookie, so that the page can be read without one.
  me = await client.sessions.current().then(
    ({ user }) => user,
    () => null,
  );
  account.show(me);
  places?.close();
  places = new Places(byId('places'), client, me);
  go();
}

function go(): void {
  const place = placeOf(location.hash);
  view?.close();
  openMenu(false);
  // A browser opens six connections to a server, and people open more tabs.
  const shared = shareStream(client, `${address} ${me?.username ?? ''}`);
  const onNews = () => places?.refresh();
  view = new PlaceView({ client: shared, me, place, drafts, onNews, onState: showState, onEnd });
  void places?.show(place);
}

/** Whoever was logged out elsewhere goes on reading as nobody. */
function onEnd(error: unknown): void {
  if (me !== null && error instanceof BoardError && error.code === 'unauthorized') void start();
}

const WORDS = { live: 'Live', waiting: 'Connecting…', ended: 'Not live' };

function showState(state: keyof typeof WORDS): void {
  const status = byId('status');
  status.dataset['state'] = state;
  status.replaceChildren(element('span', { className: 'words' }, WORDS[state]));
}

function openMenu(isOpen: boolean): void {
  byId('places').classList.toggle('open', isOpen);
  byId('menu').setAttribute('aria-expanded', `${isOpen}`);
}

byId('menu').addEventListener('click', () => openMenu(!byId('places').classList.contains('open')));
byId('skip').addEventListener('click', (event) => {
  event.preventDefault(); // The address says which place is shown.
  byId('messages').focus();
});
window.addEventListener('hashchange', () => {
  go();
  view?.focus();
});
await start();
