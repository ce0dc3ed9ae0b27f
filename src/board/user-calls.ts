import type { Client } from '../model/client.ts';
import { BoardError } from '../model/errors.ts';
import { type User, UserDraft } from '../model/user.ts';
import { usernameKey } from '../model/username.ts';
import type { Parts } from './parts.ts';
import { signUp } from './posting.ts';
import { userOf } from './present.ts';
import { dataText, validate } from './validate.ts';

/** What can be done with accounts. */
export class UserCalls {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  readonly calls: Client['users'] = {
    create: (draft) => this.#signUp(draft),
    get: (idOrName) => this.#get(idOrName),
  };

  async #signUp(draft: UserDraft): Promise<User> {
    validate(UserDraft, draft);
    const key = usernameKey(draft.username);
    const data = dataText(draft.data);
    const { store, people, passwords } = this.#parts;
    // Hashing is dear, so a name that is taken already is refused before; the lock has the last word.
    if (await people.byName(draft.username))
      throw new BoardError('taken', `The username ${draft.username} is taken. Choose another.`);

    const password_hash = await passwords.hash(draft.password);
    const username = draft.username.normalize('NFC');
    return userOf(
      await store.write(signUp({ username, username_key: key, password_hash, bio: draft.bio ?? null, data })),
    );
  }

  async #get(idOrName: string | number): Promise<User> {
    const row = await this.#parts.people.find(idOrName);
    if (!row) throw new BoardError('not-found', `There is no user ${idOrName}.`);
    return userOf(row);
  }
}
