import type { Client } from '../model/client.ts';
import type { User } from '../model/user.ts';
import { askFor, choose, closeDialogs, confirm } from './dialogs.ts';
import { button } from './dom.ts';

/** Logging in and out, and what somebody may do with their own account. */
export class AccountMenu {
  readonly #root: HTMLElement;
  readonly #client: Client;
  readonly #onChange: () => Promise<void>;

  /** @param onChange - runs after somebody has logged in, logged out or changed their account. */
  constructor(root: HTMLElement, client: Client, onChange: () => Promise<void>) {
    this.#root = root;
    this.#client = client;
    this.#onChange = onChange;
  }

  show(me: User | null): void {
    if (me === null) {
      this.#root.replaceChildren(
        button('Log in', () => this.logIn()),
        button('Sign up', () => this.signUp(), { className: 'primary' }),
      );
      return;
    }
    this.#root.replaceChildren(button(me.username, () => this.#menu(me), { className: 'name', title: 'Your account' }));
  }

  logIn(): Promise<void> {
    return askFor({
      title: 'Log in',
      fields: [USERNAME, { ...PASSWORD, autocomplete: 'current-password' }],
      submit: 'Log in',
      send: async ({ username = '', password = '' }) => {
        await this.#client.sessions.open({ username, password });
        await this.#onChange();
      },
    });
  }

  signUp(): Promise<void> {
    return askFor({
      title: 'Sign up',
      hint: 'A name and a password are all it takes. Everybody sees the name, and it is yours for good.',
      fields: [USERNAME, { ...PASSWORD, autocomplete: 'new-password', minLength: 4 }],
      submit: 'Sign up',
      send: async ({ username = '', password = '' }) => {
        await this.#client.users.create({ username, password });
        await this.#client.sessions.open({ username, password });
        await this.#onChange();
      },
    });
  }

  #menu(me: User): Promise<void> {
    // One dialog takes the place of the other.
    const next = (open: () => Promise<void>) => async () => {
      closeDialogs();
      void open();
    };
    return choose(me.username, 'Your account', [
      { label: 'Say something about yourself', act: next(() => this.#describe(me)) },
      { label: 'Change your password', act: next(() => this.#changePassword()) },
      { label: 'Log out', act: () => this.#end(() => this.#client.sessions.close()) },
      { label: 'Log out everywhere', act: () => this.#end(() => this.#client.sessions.close({ all: true })) },
      { label: 'Delete your account', act: next(() => this.#delete()), className: 'danger' },
    ]);
  }

  #describe({ bio }: User): Promise<void> {
    return askFor({
      title: 'About you',
      fields: [{ name: 'bio', label: 'Everybody can read this', value: bio ?? '', required: false }],
      submit: 'Save',
      send: async ({ bio: text = '' }) => {
        await this.#client.users.update({ bio: text || null });
        await this.#onChange();
      },
    });
  }

  #changePassword(): Promise<void> {
    return askFor({
      title: 'Change your password',
      hint: 'It logs you out everywhere else.',
      fields: [
        { name: 'currentPassword', label: 'Your password now', type: 'password', autocomplete: 'current-password' },
        { ...PASSWORD, label: 'Your new password', autocomplete: 'new-password', minLength: 4 },
      ],
      submit: 'Change it',
      send: async ({ currentPassword = '', password = '' }) => {
        await this.#client.users.update({ currentPassword, password });
      },
    });
  }

  #delete(): Promise<void> {
    const question = 'Delete your account and all that you wrote? Nobody can bring it back.';
    return confirm(question, 'Delete it all', () => this.#end(() => this.#client.users.delete()));
  }

  async #end(act: () => Promise<unknown>): Promise<void> {
    await act();
    await this.#onChange();
  }
}

const USERNAME = { name: 'username', label: 'Username', autocomplete: 'username' } as const;
const PASSWORD = { name: 'password', label: 'Password', type: 'password' } as const;
