import { objects } from '../../src/feed/formats.ts';
import { Subscriber, type Subscription } from '../../src/feed/subscriber.ts';
import type { StreamEvent } from '../../src/model/change.ts';
import { EVERYTHING, type Selection } from '../../src/model/filter.ts';

/** A reader in this process, and what becomes of it. */
export function reader(
  viewer: number | null,
  selection: Selection = EVERYTHING,
  rest: Partial<Pick<Subscription<unknown>, 'isStillAllowed' | 'until'>> & { readonly backlog?: () => number } = {},
) {
  const chunks: (readonly StreamEvent[])[] = [];
  const ends: string[] = [];
  const outlet = {
    write: (chunk: readonly StreamEvent[]) => void chunks.push(chunk),
    backlog: rest.backlog ?? (() => 0),
    drained: async () => {},
    end: () => void ends.push('ended'),
    cut: () => void ends.push('cut'),
    onClose: () => {},
  };
  const asked = { isStillAllowed: async () => true, until: null, cursor: null, pageSize: 100, ...rest };
  const member = new Subscriber(
    { ...asked, viewer, selection, format: objects, open: () => outlet },
    { place: { id: 0, seq: 0 }, epoch: 'e' },
    () => void ends.push('told of'),
  ) as Subscriber;
  return {
    member,
    /** What it was handed. */
    chunks,
    /** How it ended, in words. */
    ends,
    /** The messages of each chunk. */
    get told() {
      return chunks.map((events) => events.map(({ message }) => message?.id));
    },
  };
}
