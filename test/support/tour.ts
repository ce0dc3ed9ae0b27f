import { BoardError, type Client, connect, type Mirror, mirror, pages } from 'msgboard/client';

/** What one person met with who used each part of the client once, on a fresh board. */
export interface Tour {
  readonly name: string;
  readonly refusal: readonly string[];
  readonly pages: readonly (readonly string[])[];
  readonly streams: readonly (readonly string[])[];
  readonly mirror: readonly (readonly string[])[];
  readonly unseen: readonly string[];
}

/** What there is to meet with, on whatever the client runs and whatever serves the board. */
export const WHOLE_TOUR: Tour = {
  name: 'größe',
  refusal: ['bad-input', 'text'],
  pages: [['🐈 3', '2'], ['1']],
  streams: [['message 1', 'message 2'], ['message 🐈 3'], ['edit 1, edited']],
  mirror: [
    ['1, edited', '2', '🐈 3'],
    ['1, edited', '2', '🐈 3', '4'],
    ['1, edited', '🐈 3', '4'],
  ],
  unseen: ['not-found'],
};

/** Takes the tour. Nothing but the web platform is used, so that it can be taken anywhere. */
export async function takeTour(url: string): Promise<Tour> {
  const [herself, puppy] = [credentialsOf('größe'), credentialsOf('puppy')];
  for (const draft of [herself, puppy]) await connect(url).users.create(draft);
  const { token, user } = await connect(url, herself).sessions.open();
  const someone = connect(url, { token });
  const { messages } = someone;

  const first = await messages.post({ text: '1' });
  const [second] = await messages.postMany([{ text: '2' }, { text: '🐈 3' }]);
  const byPage = await Array.fromAsync(pages(someone, { order: 'desc', limit: 2 }), (page) => textsOf(page.messages));
  const begun = await listen(someone, '0', 2);
  const resumed = await listen(someone, begun.cursor, 1);
  await messages.edit(first.id, { text: '1, edited' });
  const again = await listen(someone, resumed.cursor, 1);

  const copy = mirror(someone, {});
  const shown = [await lengthOf(copy, 3)];
  await messages.post({ text: '4' });
  shown.push(await lengthOf(copy, 4));
  await messages.delete(second?.id ?? 0);
  shown.push(await lengthOf(copy, 3));
  copy.close();

  const note = await connect(url, puppy).messages.post({ text: 'to myself', to: ['puppy'] });
  return {
    name: user.username,
    refusal: await refusalOf(messages.post({ text: '' })),
    pages: byPage,
    streams: [begun, resumed, again].map(({ told }) => told),
    mirror: shown,
    unseen: await refusalOf(messages.get(note.id)),
  };
}

function credentialsOf(username: string) {
  return { username, password: 'yarn 🧶' };
}

/** The next so many events of a stream, and from where it would go on. */
async function listen(client: Client, from: string, count: number): Promise<{ told: string[]; cursor: string }> {
  const told: string[] = [];
  for await (const { type, message, cursor } of client.stream({ cursor: from })) {
    told.push(`${type} ${message && 'text' in message ? message.text : ''}`);
    if (told.length === count) return { told, cursor };
  }
  throw new Error('the stream has ended');
}

/** The texts of a mirror as soon as it is live and has so many. */
function lengthOf(copy: Mirror, count: number): Promise<string[]> {
  const { promise, resolve } = Promise.withResolvers<string[]>();
  const leave = copy.subscribe(({ isLive, messages }) => {
    if (isLive && messages.length === count) resolve(textsOf(messages));
  });
  return promise.finally(leave);
}

/** The code of the error that a call ends with, and the fields that it names. */
async function refusalOf(call: Promise<unknown>): Promise<string[]> {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof BoardError) return [error.code, ...error.faults.map(({ path }) => path)];
  throw new Error('the call is not refused', { cause: error });
}

function textsOf(messages: readonly { readonly text: string }[]): string[] {
  return messages.map(({ text }) => text);
}
