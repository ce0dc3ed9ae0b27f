import { openBoard } from '../../src/board/open-board.ts';
import type { TemporaryDatabase } from './database.ts';

/** Fills a board with something of everything that there can be on one. Its people have the password `yarn`. */
export async function fillRichly({ at }: TemporaryDatabase): Promise<void> {
  const board = await openBoard(at);
  try {
    const nobody = board.as();
    for (const username of ['kitten', 'Puppy', 'troll', 'leaver', 'gänseblümchen'])
      await nobody.users.create({ username, password: 'yarn', data: { colour: 'grey', 2: [null, 1.5e-7] } });
    const [kitten, puppy, troll, leaver] = ['kitten', 'puppy', 'troll', 'leaver'].map((name) => board.as(name));
    if (!kitten || !puppy || !troll || !leaver) throw new Error('there are too few people');
    await kitten.users.update({ bio: 'A cute ittle kitten.\u2028"\\' });

    const first = await kitten.messages.post({ text: 'I love kittens!\r\n\t🐱', topics: ['cats', 'Cats', 'cafe '] });
    const answer = await puppy.messages.post({ text: 'So do I.', replyTo: first.id, topics: ['dogs'] });
    await kitten.messages.post({ text: 'Do you?', replyTo: answer.id, data: { mood: '\u0000', ø: { deep: [] } } });
    const gone = await puppy.messages.post({ text: 'Never mind.', replyTo: answer.id, topics: ['mind'] });
    await puppy.messages.delete(gone.id);
    await puppy.messages.edit(answer.id, { text: 'So do I, mostly.' });

    const secret = await kitten.messages.post({ text: 'psst', to: ['puppy', 'troll'], topics: ['plans'] });
    await puppy.messages.post({ text: 'what?', replyTo: secret.id });
    await troll.messages.post({ text: 'the same people and topics', to: ['kitten', 'puppy'], topics: ['plans'] });
    await kitten.messages.delete(secret.id);
    const note = await kitten.messages.post({ text: 'to myself', to: ['kitten'] });
    await kitten.messages.edit(note.id, { text: 'to myself, edited' });
    const alone = await troll.messages.post({ text: 'to nobody any more', to: ['leaver'] });
    await troll.messages.delete(alone.id);

    await leaver.messages.post({ text: 'farewell', topics: ['cats'] });
    await leaver.users.delete();
    await board.asOperator().users.administer('troll', { banned: true });
    await board.asOperator().users.administer('puppy', { moderator: true });
  } finally {
    await board.close();
  }
}
