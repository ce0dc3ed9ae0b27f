import type { Change } from '../model/change.ts';
import type { MessageDraft, MessageEdit } from '../model/message.ts';
import type { User } from '../model/user.ts';

type Awaitable<Result> = Result | Promise<Result>;

/** Where the host has its say. */
export interface Hooks {
  /**
   * Sees each draft, checked and not yet posted, those of a bulk one by one. It may change it (in place, or by returning
   * another) or throw a `BoardError` to refuse it. A key that has made its message already does not ask again; one that is
   * sent several times at once may.
   */
  readonly beforePost?: (draft: MessageDraft, author: User) => Awaitable<MessageDraft | undefined>;
  /** The same for each edit, of the message `id`, whether or not it is there and theirs. */
  readonly beforeEdit?: (edit: MessageEdit, author: User, id: number) => Awaitable<MessageEdit | undefined>;
  /**
   * Hears of every change that this process commits or sees, what is private too, after its commit and in the board's
   * order. It is not waited for, and what it throws goes to `onFault`.
   */
  readonly onChange?: (change: Change) => unknown;
}

/** Asks a hook that may change what it is given; the giver's own stays as it is. */
export async function asked<Input extends object>(
  given: Input,
  hook: ((input: Input) => Awaitable<Input | undefined>) | undefined,
): Promise<Input> {
  if (!hook) return given;
  const input = structuredClone(given);
  return (await hook(input)) ?? input;
}

/** A listener whose faults are told elsewhere. */
export function harmless<Item>(listener: (item: Item) => unknown, onFault: (error: unknown) => void) {
  return (item: Item): void => {
    Promise.try(() => listener(item)).catch(onFault);
  };
}
