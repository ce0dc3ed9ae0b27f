import type { Board } from '../../src/index.ts';

/** Three people who have begun to talk. */
export async function fillChat(board: Board, password: string): Promise<string[]> {
  const names = ['kitten', 'puppy', 'hedgehog'];
  for (const username of names) await board.as().users.create({ username, password });

  const say = async (room: string, ...lines: readonly (readonly [string, string])[]) => {
    for (const [name, text] of lines) await board.as(name).messages.post({ text, topics: [room] });
  };
  await say('garden', ['hedgehog', 'The strawberries are ripe. I have checked each of them.'], ['puppy', 'Each?']);
  await say(
    'kitchen',
    ['kitten', 'Who has eaten the cream?'],
    ['puppy', 'Who asks?'],
    ['kitten', 'Nobody. I only wonder.'],
  );
  await say(
    'lobby',
    ['puppy', 'Good morning, everybody!'],
    ['hedgehog', 'Morning. I have not slept yet, so I call it evening.'],
    ['kitten', 'You two are loud. The sun is on the windowsill and I am on it too.'],
    ['puppy', 'Is there room for one more?'],
    ['kitten', 'On the windowsill? No.'],
    ['hedgehog', 'I would only make holes in the curtains.'],
    ['puppy', 'Then a walk, at three, down to the pond and back. Who comes along?'],
    ['kitten', 'I shall watch you from here.'],
  );

  await board.as('kitten').messages.post({ text: 'Come at three. Do not tell puppy.', to: ['hedgehog'] });
  await board.as('puppy').messages.post({ text: 'Have you seen my ball?', to: ['kitten'] });
  await board.as('puppy').messages.post({ text: 'The red one. It was under the sofa yesterday.', to: ['kitten'] });
  return names;
}
