import { Composer, type Send } from './composer.ts';
import { keyOf, type Place } from './place.ts';

/**
 * What somebody has begun to write and where, for as long as the page is open: whoever comes back to a place goes on there, also
 * with what could not be sent.
 */
export class Drafts {
  readonly #composers = new Map<string, Composer>();

  /** The composer of a place as it was left, or a new one. */
  open(username: string, place: Place, placeholder: string, send: Send): Composer {
    for (const [key, { isUnused }] of this.#composers) if (isUnused) this.#composers.delete(key);

    const key = `${username} ${keyOf(place, username)}`;
    const composer = this.#composers.get(key) ?? new Composer(placeholder, send);
    composer.send = send;
    composer.root.hidden = false;
    this.#composers.set(key, composer);
    return composer;
  }
}
