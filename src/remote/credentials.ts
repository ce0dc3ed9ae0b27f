/** Who one is to a board: a username and its password, or a token. */
export type Credentials = { readonly username: string; readonly password: string } | { readonly token: string };

/**
 * Credentials, or where to get them: a function is asked when they are first needed, and again when the board no longer
 * takes the last ones. `null`: nobody.
 */
export type CredentialsSource = Credentials | (() => Credentials | null | Promise<Credentials | null>);

/** Keeps the `Authorization` header, and has it renewed, once for all requests that find it out of date. */
export class Authorization {
  readonly #source: CredentialsSource | undefined;
  #header: Promise<string | null> | null = null;

  constructor(source: CredentialsSource | undefined) {
    this.#source = source;
  }

  /** `null`: none is sent. */
  header(): Promise<string | null> {
    this.#header ??= this.#ask();
    return this.#header;
  }

  /** Forgets a header that was refused. Whether it is worth to try again, with another. */
  async renew(refused: string | null): Promise<boolean> {
    if (typeof this.#source !== 'function') return false;
    if ((await this.header()) === refused) this.#header = null;
    return (await this.header()) !== refused;
  }

  async #ask(): Promise<string | null> {
    try {
      const credentials = typeof this.#source === 'function' ? await this.#source() : this.#source;
      return credentials ? headerOf(credentials) : null;
    } catch (error) {
      this.#header = null;
      throw error;
    }
  }
}

function headerOf(credentials: Credentials): string {
  if ('token' in credentials) return `Bearer ${credentials.token}`;
  // RFC 7617, in UTF-8; btoa() takes a character for a byte.
  const bytes = new TextEncoder().encode(`${credentials.username}:${credentials.password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
