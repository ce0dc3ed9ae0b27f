import assert from 'node:assert/strict';
import type { Api } from './api.ts';

/** All that an attack could have changed: messages, users, the clock, the server's own prototypes. */
export async function fingerprint(api: Api): Promise<unknown> {
  const page = await api.get('/messages?limit=100&order=desc');
  assert.equal(page.status, 200, 'the board answers still');
  const users: number[] = [];
  for (let id = 1; users.at(-1) !== 404; id++) users.push((await api.get(`/user/${id}`)).status);
  const prototypes = [{}, [], ''].map((value) => Object.keys(Object.getPrototypeOf(value)));

  return { cursor: page.headers.get('last-event-id'), messages: page.body, users: users.length, prototypes };
}
