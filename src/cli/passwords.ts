import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { askSecretly } from './asking.ts';
import { Misuse } from './failure.ts';
import { type Secret, secretIn } from './secrets.ts';

interface PasswordOptions {
  readonly passwordFile?: string;
}

/** Who one is, by a password that no argument holds: other users of the machine can read those. `null`: none is given. */
export function givenPasswordOf({ passwordFile }: PasswordOptions): Promise<string | null> {
  return givenPassword(passwordFile, 'MSGBOARD_PASSWORD');
}

/** The same; where none is given, the person at the terminal is asked. */
export async function passwordOf(options: PasswordOptions, username: string): Promise<string> {
  const elsewhere = 'set MSGBOARD_PASSWORD, or name a file by --password-file.';
  return (await givenPasswordOf(options)) ?? askSecretly(`Password of ${username}: `, elsewhere);
}

/** A password that somebody is to have from now on; whoever types it does so twice. */
export async function newPasswordOf(
  { newPasswordFile }: { readonly newPasswordFile?: string },
  username: string,
): Promise<string> {
  const given = await givenPassword(newPasswordFile, 'MSGBOARD_NEW_PASSWORD');
  if (given !== null) return given;
  const elsewhere = 'set MSGBOARD_NEW_PASSWORD, or name a file by --new-password-file.';
  const password = await askSecretly(`New password of ${username}: `, elsewhere);
  if (password === (await askSecretly('The same once more: ', elsewhere))) return password;
  throw new Misuse('these were two different ones; nothing was done.');
}

async function givenPassword(file: string | undefined, variable: Secret): Promise<string | null> {
  if (file === undefined) return secretIn(variable) ?? null;
  const content = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  return content.split(/\r?\n/, 1)[0] ?? '';
}
