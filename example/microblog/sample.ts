import type { Board } from '../../src/index.ts';

const PEOPLE = [
  { username: 'kitten', bio: 'Sun, cream, and the long view from the windowsill.', follows: ['puppy', 'hedgehog'] },
  {
    username: 'puppy',
    bio: 'Good at running. Better at #walks with @kitten.',
    follows: ['kitten', 'hedgehog', 'magpie'],
  },
  { username: 'hedgehog', bio: 'Awake when you are not. I write about the #garden.', follows: ['kitten'] },
  { username: 'magpie', bio: 'I collect what glitters.', follows: ['puppy'] },
];

/** Who wrote what, with which topic, and how many hours ago; an answer names the text that it answers. */
const POSTS: readonly (readonly [hours: number, name: string, text: string, answers?: string])[] = [
  [72, 'magpie', 'Found: one spoon, one earring, half a mirror. A good #monday.'],
  [50, 'hedgehog', 'The #strawberries are ripe. I have checked each of them.'],
  [49, 'puppy', 'Each?', 'The #strawberries are ripe. I have checked each of them.'],
  [48, 'hedgehog', 'One has to be thorough.', 'The #strawberries are ripe. I have checked each of them.'],
  [28, 'kitten', 'There is a word for whoever closes the door that I am about to want open.'],
  [26, 'puppy', 'I ran around the pond twice, and the second time it was the same pond. #walks'],
  [9, 'hedgehog', 'Three in the morning, rain on the leaves, nobody about. The #garden is mine.'],
  [4, 'puppy', 'Has anybody seen my ball? It is red, and it was under the sofa. @kitten?'],
  [3.5, 'kitten', 'I never touched it.', 'Has anybody seen my ball? It is red, and it was under the sofa. @kitten?'],
  [3, 'magpie', 'Does it glitter?', 'Has anybody seen my ball? It is red, and it was under the sofa. @kitten?'],
  [1, 'kitten', 'The sun has reached the #windowsill, and so have I.'],
  [0.3, 'puppy', 'A walk at three, down to the pond and back. Who comes along? #walks'],
];

/** Four people who follow each other, more or less. */
export async function fillMicroblog(
  board: Board,
  password: string,
  setTime: (hoursAgo: number) => void,
): Promise<string[]> {
  setTime(100);
  const ids = new Map<string, number>();
  for (const { username, bio } of PEOPLE) {
    ids.set(username, (await board.as().users.create({ username, password, bio })).id);
  }
  for (const { username, follows } of PEOPLE) {
    await board.as(username).users.update({ data: { follows: follows.flatMap((name) => ids.get(name) ?? []) } });
  }

  const posted = new Map<string, number>();
  for (const [hours, name, text, answers = ''] of POSTS) {
    setTime(hours);
    const replyTo = posted.get(answers);
    const topics = [...text.matchAll(/#(\w+)/g)].flatMap(([, topic = '']) => topic);
    const { id } = await board.as(name).messages.post({ text, topics, ...(replyTo && { replyTo }) });
    posted.set(text, id);
  }
  return PEOPLE.map(({ username }) => username);
}
