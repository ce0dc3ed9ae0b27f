import { badInput } from '../../model/errors.ts';

/** How much of something is allowed, of whom. */
export interface Limit {
  readonly amount: number;
  /** Within how many seconds; `null`: at once. */
  readonly seconds: number | null;
}

const UNITS = { s: 1, min: 60, hour: 3600, day: 86_400 } as const;

/** What is limited unless a setting says otherwise. An address is an IPv4 address, or the /64 of an IPv6 one. */
export const DEFAULTS = {
  messages: { amount: 120, seconds: UNITS.min, what: 'messages of a user' },
  signups: { amount: 10, seconds: UNITS.hour, what: 'sign-ups from an address' },
  reads: { amount: 1200, seconds: UNITS.min, what: 'reads from an address' },
  streams: { amount: 20, seconds: null, what: 'streams of a user' },
  'anonymous-streams': { amount: 100, seconds: null, what: 'streams of nobody in particular to an address' },
  replays: { amount: 2, seconds: null, what: 'streams to an address that catch up' },
  'failed-logins': { amount: 10, seconds: UNITS.min, what: 'failed log-ins from an address with one name' },
  'address-failed-logins': { amount: 100, seconds: UNITS.min, what: 'failed log-ins from an address' },
  // More than the readers that one process has been measured with, and fewer than the files that a system lets it open.
  connections: { amount: 20_000, seconds: null, what: 'connections' },
} as const satisfies Readonly<Record<string, Limit & { readonly what: string }>>;

export type LimitName = keyof typeof DEFAULTS;

/** The limits within a time; the others are of what is open at once. */
export type RateName = {
  [Name in LimitName]: (typeof DEFAULTS)[Name]['seconds'] extends null ? never : Name;
}[LimitName];
export type PlaceName = Exclude<LimitName, RateName>;

/** `600/min`: so many within a second, minute, hour or day; `50`: so many at once; `off`. */
export type LimitText = `${number}/${keyof typeof UNITS}` | `${number}` | 'off';

/** Those that are to be different. `off`: none at all. */
export type LimitSettings = 'off' | { readonly [Name in LimitName]?: LimitText };

/** All limits as they are set; `null`: not limited. */
export type LimitTable = { readonly [Name in LimitName]: Limit | null };

/** @throws BoardError `bad-input` if there is no such limit, or it cannot be so. */
export function limitsOf(settings: LimitSettings): LimitTable {
  const given = new Map<string, string>(settings === 'off' ? [] : Object.entries(settings));
  const unknown = [...given.keys()].find((name) => !Object.hasOwn(DEFAULTS, name));
  if (unknown !== undefined)
    throw badInput('limit', `there is no ${unknown}, only ${Object.keys(DEFAULTS).join(', ')}`);

  const all = Object.entries(DEFAULTS).map(([name, usual]) => {
    const text = settings === 'off' ? 'off' : given.get(name);
    return [name, text === undefined ? usual : limitOf(name, text, usual)];
  });
  return Object.fromEntries(all) as LimitTable;
}

/**
 * What `name=amount` says, each.
 *
 * @throws BoardError `bad-input` as {@link limitsOf} does.
 */
export function limitSettings(texts: readonly string[]): LimitSettings {
  const settings = Object.fromEntries(
    texts.map((text): [string, string] => [text.replace(/=.*$/s, ''), text.replace(/^[^=]*=?/, '')]),
  ) as LimitSettings;
  limitsOf(settings);
  return settings;
}

function limitOf(name: string, text: string, usual: Limit): Limit | null {
  if (text === 'off') return null;
  const [, amount = '', unit] = /^(\d{1,9})(?:\/(s|min|hour|day))?$/.exec(text) ?? [];
  const seconds = unit === undefined ? null : UNITS[unit as keyof typeof UNITS];
  if (amount !== '' && (seconds === null) === (usual.seconds === null)) return { amount: Number(amount), seconds };
  throw badInput('limit', `${name} must be like ${name}=${limitText(usual)}, or ${name}=off; not ${text}`);
}

/** A limit as it is set. */
export function limitText({ amount, seconds }: Limit): string {
  const unit = Object.entries(UNITS).find(([, length]) => length === seconds)?.[0];
  return unit === undefined ? `${amount}` : `${amount}/${unit}`;
}
