import { badInput } from './errors.ts';

/** The scripts in everyday use (UAX #31, table 5). A name in any other would look like nothing that people can type. */
const SCRIPTS =
  'Arab Armn Beng Bopo Cyrl Deva Ethi Geor Grek Gujr Guru Hang Hani Hebr Hira Kana Khmr Knda Laoo Latn Mlym Mymr Orya Sinh Taml Telu Thaa Thai Tibt'.split(
    ' ',
  );

/** Scripts that are written together: Japanese, Chinese with Bopomofo, Korean, each with Latin. */
const MIXES = [
  ['Latn', 'Hani', 'Hira', 'Kana'],
  ['Latn', 'Hani', 'Bopo'],
  ['Latn', 'Hani', 'Hang'],
];

/** UTS #39, 5.2: Highly Restrictive, so that no name can pose as another by borrowing letters of a second script. */
let oneScript: readonly RegExp[] | null = null;

/** They are made when the first name needs them, as they take some 10 ms. */
function isOfOneScript(key: string): boolean {
  oneScript ??= [...SCRIPTS.map((script) => [script]), ...MIXES].map(
    (scripts) => new RegExp(`^[${[...scripts, 'Zyyy', 'Zinh'].map((script) => `\\p{scx=${script}}`).join('')}]+$`, 'u'),
  );
  return oneScript.some((script) => script.test(key));
}

/**
 * The key by which a name is compared: `Kitten` and `kitten` are one user. It follows the PRECIS profile
 * UsernameCaseMapped (RFC 8265, 3.3): width, case, normal form C, then the rule for right-to-left names.
 *
 * @throws BoardError `bad-input` on `username`.
 */
export function usernameKey(username: string): string {
  const key = usernameKeyOrNull(username);
  if (key !== null) return key;

  throw badInput(
    'username',
    'must be 1 to 30 letters, digits or any of _ . - in one script, begin and end with a letter, digit or _, and not be all digits',
  );
}

/** The key of what may be the beginning of a name. */
export function usernamePrefixKey(prefix: string): string {
  return narrow(prefix).normalize('NFC').toLowerCase().normalize('NFC');
}

/** The key of `username`, or `null` where nobody can have that name. */
export function usernameKeyOrNull(username: string): string | null {
  // Nearly all names: no mapping but that of case can apply.
  if (/^[a-z0-9_](?:[a-z0-9_.-]{0,28}[a-z0-9_])?$/i.test(username)) {
    return /^\d+$/.test(username) ? null : username.toLowerCase();
  }

  const key = usernamePrefixKey(username);
  return isUsernameKey(key) ? key : null;
}

/** Full-width and half-width forms as what they stand for; every other character stays. */
function narrow(text: string): string {
  return text.replace(/[\uFF01-\uFFEF]/gu, (character) => character.normalize('NFKC'));
}

function isUsernameKey(key: string): boolean {
  return (
    key.isWellFormed() &&
    // Letters, digits, `_`, `.` and `-`, 1 to 30, beginning and ending with a letter, digit or `_`.
    /^[\p{L}\p{Nd}_](?:[\p{L}\p{M}\p{Nd}_.-]{0,28}[\p{L}\p{M}\p{Nd}_])?$/u.test(key) &&
    // A name of digits alone would be taken for an id.
    !/^\p{Nd}+$/u.test(key) &&
    // What has a compatibility form is not allowed in PRECIS identifiers: ﬁ, ², ℌ.
    key === key.normalize('NFKC') &&
    isOfOneScript(key) &&
    isReadableBothWays(key)
  );
}

/** RFC 5893, section 2, as far as letters, digits, `_`, `.` and `-` can break it. */
function isReadableBothWays(key: string): boolean {
  if (!/[\p{scx=Arab}\p{scx=Hebr}\p{scx=Thaa}]/u.test(key.replace(/[\p{Nd}\p{M}_.-]/gu, ''))) return true;

  return (
    /^\p{L}/u.test(key) &&
    /[\p{L}\p{Nd}]\p{M}*$/u.test(key) &&
    !(/[0-9\u06F0-\u06F9]/.test(key) && /[\u0660-\u0669]/.test(key))
  );
}
