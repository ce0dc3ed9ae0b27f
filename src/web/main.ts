import { BoardError } from '../model/errors.ts';
import type { User } from '../model/user.ts';
import { connect } from '../remote/connect.ts';
import { shareStream } from '../remote/share-stream.ts';
import { AccountMenu } from './account.ts';
import { closeDialogs, sentenceOf } from './dialogs.ts';
import { byId, element } from './dom.ts';
import { Drafts } from './drafts.ts';
import { placeOf } from './place.ts';
import { PlaceView } from './place-view.ts';
import { Places } from './places.ts';
import { Visitor } from './visitor.ts';

/** The built-in page of a board: its address says what it shows, and the session's cookie who reads. */
const address = new URL('.', location.href).href;
const client = connect(address);
const visitor = new Visitor({ client, address, onChange: start, onFault: wait });
const account = new AccountMenu(byId('account'), client, () => visitor.change());
const drafts = new Drafts();

let view: PlaceView | null = null;
let places: Places | null = null;

/** Shows the board to somebody else, and no longer what only the one before them may see. */
function start(me: User | null): void {
  closeDialogs();
  account.show(me);
  places?.close();
  places = new Places(byId('places'), client, me);
  go();
}

/** Nobody knows yet who reads. */
function wait(error: BoardError): void {
  showState('waiting');
  byId('main').replaceChildren(element('p', { className: 'notice', role: 'status' }, sentenceOf(error)));
}

function go(): void {
  const place = placeOf(location.hash);
  const me = visitor.user;
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
  if (visitor.user !== null && error instanceof BoardError && error.code === 'unauthorized') void visitor.forget();
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
  if (!places) return;
  go();
  view?.focus();
});
// Others than this page's tabs can log in and out with the same cookie.
document.addEventListener('visibilitychange', () => document.hidden || visitor.look());
showState('waiting');
await visitor.look();
