import type { Board } from '../../src/index.ts';

interface Thread {
  readonly board: string;
  readonly title: string;
  /** Who wrote what, and how many hours ago. */
  readonly posts: readonly (readonly [hours: number, name: string, text: string])[];
}

const THREADS: readonly Thread[] = [
  {
    board: 'Introductions',
    title: 'The rules of the house',
    posts: [
      [400, 'hedgehog', 'Be kind. Wipe your paws. What is posted at night may be read at night.'],
      [399, 'kitten', 'What about claws?'],
      [398, 'hedgehog', 'In.'],
    ],
  },
  {
    board: 'Introductions',
    title: 'Hello from the woodpile',
    posts: [
      [150, 'hedgehog', 'I moved in behind the woodpile last week. It is dry, and the beetles are excellent.'],
      [149, 'puppy', 'Welcome! Is that you who rustles?'],
      [148, 'hedgehog', 'That is me.'],
    ],
  },
  {
    board: 'Kitchen and larder',
    title: 'How warm should milk be?',
    posts: [
      [75, 'kitten', 'From the cupboard it is too warm, from the fridge too cold. What do you do?'],
      [74, 'hedgehog', 'I do not drink milk. It is bad for hedgehogs, whatever people say.'],
      [52, 'puppy', 'I drink whatever is there.'],
    ],
  },
  {
    board: 'Kitchen and larder',
    title: 'Apples: which ones keep until spring?',
    posts: [
      [30, 'hedgehog', 'I have tried three kinds under the leaves, and all of them had gone soft by January.'],
      [29, 'kitten', 'Have you tried not to sleep on them?'],
    ],
  },
  {
    board: 'Garden',
    title: 'Strawberries, or what is left of them',
    posts: [
      [49, 'hedgehog', 'The strawberries are ripe. I have checked each of them.'],
      [48, 'puppy', 'Each?'],
      [47, 'hedgehog', 'One has to be thorough.'],
    ],
  },
  {
    board: 'Garden',
    title: 'Somebody digs holes in the lawn',
    posts: [
      [26, 'kitten', 'There were two yesterday and five this morning. I have a suspicion, and it wags.'],
      [25, 'puppy', 'They are not holes. They are places where a bone might have been.'],
      [3, 'kitten', 'Did you find one?'],
      [1, 'puppy', 'Not yet. But I know now where it is not.'],
    ],
  },
  {
    board: 'Garden',
    title: 'The best place in the sun, hour by hour',
    posts: [
      [
        4,
        'kitten',
        'Until ten: the windowsill.\nUntil two: the wall by the shed.\nAfter that: wherever somebody wants to sit.',
      ],
      [0.5, 'hedgehog', 'And at night?'],
      [0.2, 'kitten', 'At night I look for you.'],
    ],
  },
];

/** Three people with a few boards, of whom the hedgehog moderates. */
export async function fillForum(
  board: Board,
  password: string,
  setTime: (hoursAgo: number) => void,
): Promise<string[]> {
  setTime(500);
  const names = ['kitten', 'puppy', 'hedgehog'];
  for (const username of names) await board.as().users.create({ username, password });
  await board.asOperator().users.administer('hedgehog', { moderator: true });

  const opened = new Map<Thread, number>();
  const posts = THREADS.flatMap((thread) => thread.posts.map((post) => [thread, ...post] as const));
  for (const [thread, hours, name, text] of posts.sort((one, other) => other[1] - one[1])) {
    setTime(hours);
    const replyTo = opened.get(thread);
    const opening = { topics: [thread.board], data: { title: thread.title } };
    const { id } = await board.as(name).messages.post({ text, ...(replyTo ? { replyTo } : opening) });
    opened.set(thread, replyTo ?? id);
  }
  return names;
}
