import type { Client, UsersPage, UsersQuery } from '../model/client.ts';
import { BoardError, badInput } from '../model/errors.ts';
import { type User, UserAdministration, UserDraft, UserEdit } from '../model/user.ts';
import { usernameKey } from '../model/username.ts';
import type { UserFields } from '../store/batch.ts';
import type { UserRow } from '../store/schema.ts';
import type { Write } from '../store/write.ts';
import type { Account } from './account.ts';
import { administer, change, checkAdministration, leave } from './account-writes.ts';
import { listUsers } from './list-users.ts';
import type { Parts } from './parts.ts';
import { signUp } from './posting.ts';
import { accountOf, userOf } from './present.ts';
import { dataText, validate } from './validate.ts';

const WithPassword = { ...UserDraft, required: ['username', 'password'] } as const;

/** What can be done with accounts. */
export class UserCalls {
  readonly #parts: Parts;
  readonly #account: Account;

  constructor(parts: Parts, account: Account) {
    this.#parts = parts;
    this.#account = account;
  }

  readonly calls: Client['users'] = {
    create: (draft) => this.#signUp(draft),
    get: (idOrName) => this.#get(idOrName),
    me: async () => userOf(await this.#account.user()),
    update: (edit) => this.#update(edit),
    delete: () => this.#leave(),
    administer: (idOrName, changes) => this.#administer(idOrName, changes),
    list: (query = {}) => this.#list(query),
  };

  async #signUp(draft: UserDraft): Promise<User> {
    const { isOperator } = this.#account;
    if (!isOperator && this.#parts.rules.signup === 'closed') {
      throw new BoardError('forbidden', 'Sign-up is closed here: only the operator makes accounts.');
    }
    validate(isOperator ? UserDraft : WithPassword, draft);
    const key = usernameKey(draft.username);
    const data = dataText(draft.data);
    const { store, people, passwords } = this.#parts;
    // Hashing is dear, so a name that is taken already is refused before; the lock has the last word.
    if (await people.byName(draft.username))
      throw new BoardError('taken', `The username ${draft.username} is taken. Choose another.`);

    const password_hash = draft.password === undefined ? null : await passwords.hash(draft.password);
    const username = draft.username.normalize('NFC');
    return userOf(
      await store.write(signUp({ username, username_key: key, password_hash, bio: draft.bio ?? null, data })),
    );
  }

  async #get(idOrName: string | number): Promise<User> {
    await this.#account.viewer();
    const row = await this.#find(idOrName);
    return (await this.#account.moderates()) ? accountOf(row) : userOf(row);
  }

  async #list(query: UsersQuery): Promise<UsersPage> {
    await this.#account.viewer();
    return listUsers(this.#parts, query);
  }

  async #find(idOrName: string | number): Promise<UserRow> {
    const row = await this.#parts.people.find(idOrName);
    if (row) return row;
    throw new BoardError('not-found', `There is no user ${idOrName}.`);
  }

  async #update(edit: UserEdit): Promise<User> {
    const self = await this.#account.user();
    validate(UserEdit, edit);
    if ((edit.password === undefined) !== (edit.currentPassword === undefined)) {
      const missing = edit.password === undefined ? 'password' : 'currentPassword';
      throw badInput(missing, 'is missing: a new password and the current one go together');
    }
    const fields = fieldsOf(edit);
    if (edit.currentPassword !== undefined) await this.#checkPassword(self, edit.currentPassword);
    return this.#write(change(self, { ...fields, ...(await this.#hashed(edit.password)) }, this.#account.session));
  }

  async #leave(): Promise<void> {
    const self = await this.#account.user();
    await this.#parts.store.write(leave(self));
    await this.#parts.departures.finish(self.id);
  }

  async #checkPassword({ username, password_hash }: UserRow, password: string): Promise<void> {
    if (await this.#parts.passwords.check(username, password, password_hash)) return;
    throw new BoardError('forbidden', 'currentPassword: this is not your password.');
  }

  async #administer(idOrName: string | number, changes: UserAdministration): Promise<User> {
    const by = await this.#account.actor();
    validate(UserAdministration, changes);
    const fields = {
      ...fieldsOf(changes),
      ...(changes.banned !== undefined && { banned: Number(changes.banned) }),
      ...(changes.moderator !== undefined && { moderator: Number(changes.moderator) }),
    };
    const row = await this.#find(idOrName);
    // Hashing is dear, so it is not done for whoever may not set a password; the lock has the last word.
    if (changes.password !== undefined) checkAdministration(row, by, changes);
    const written = administer(row.id, by, { ...fields, ...(await this.#hashed(changes.password)) });
    return accountOf(await this.#parts.store.write(written));
  }

  async #hashed(password: string | undefined): Promise<Pick<UserFields, 'password_hash'> | undefined> {
    return password === undefined ? undefined : { password_hash: await this.#parts.passwords.hash(password) };
  }

  async #write(write: Write<UserRow>): Promise<User> {
    return userOf(await this.#parts.store.write(write));
  }
}

function fieldsOf({ bio, data }: UserEdit): Partial<UserFields> {
  return { ...(bio !== undefined && { bio }), ...(data !== undefined && { data: dataText(data) }) };
}
