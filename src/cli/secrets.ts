/** Variables that no option has: other users of the machine can read a command's arguments. */
export const SECRETS = ['MSGBOARD_OPERATOR_TOKEN', 'MSGBOARD_PASSWORD', 'MSGBOARD_NEW_PASSWORD'] as const;

export type Secret = (typeof SECRETS)[number];

/** What such a variable holds. */
export function secretIn(variable: Secret): string | undefined {
  return process.env[variable];
}
