import type { User } from '../model/user.ts';
import { connect } from '../remote/connect.ts';
import { AccountMenu } from './account.ts';
import { byId, element } from './dom.ts';
import { placeOf } from './place.ts';
import { PlaceView } from './place-view.ts';
import { Places } from './places.ts';

/** The built-in page of a board: its address says what it shows, and the session's cookie who reads. */
const client = connect(new URL('.', location.href).href);
const account = new AccountMenu(byId('account'), client, start);

let me: User | null = null;
let view: PlaceView | null = null;
let places: Places | null = null;

async function start(): Promise<void> {
  me = await client.users.me().catch(() => null);
  account.show(me);
  places?.close();
  places = new Places(byId('places'), client, me);
  go();
}

function go(): void {
  const place = placeOf(location.hash);
  view?.close();
  openMenu(false);
  view = new PlaceView({ client, me, place, onNews: () => places?.refresh(), onState: showState });
  void places?.show(place);
}

function showState(isLive: boolean): void {
  const status = byId('status');
  status.dataset['state'] = isLive ? 'live' : 'waiting';
  status.replaceChildren(element('span', { className: 'words' }, isLive ? 'Live' : 'Connecting…'));
}

function openMenu(isOpen: boolean): void {
  byId('places').classList.toggle('open', isOpen);
  byId('menu').setAttribute('aria-expanded', `${isOpen}`);
}

byId('menu').addEventListener('click', () => openMenu(!byId('places').classList.contains('open')));
window.addEventListener('hashchange', go);
await start();
