import type { Command } from 'commander';
import { Output, type OutputOptions, withOutputOptions } from '../output.ts';
import { atBoard, type PlaceOptions, withPlaceOptions } from '../place.ts';

/** `moderator add NAME`, `moderator remove NAME`: the operator says who moderates. */
export function addModeratorCommand(program: Command): void {
  const moderator = program
    .command('moderator')
    .description('say who moderates the board; servers that run on it notice within a second');

  for (const [name, isModerator, description] of [
    ['add', true, 'let somebody delete what others have posted in public, and ban people'],
    ['remove', false, 'take that from them again'],
  ] as const) {
    const command = moderator.command(name).description(description).argument('<name>', 'their username, or their id');
    withOutputOptions(withPlaceOptions(command)).action((who: string, options: PlaceOptions & OutputOptions) =>
      atBoard(options, async ({ client }) => {
        const out = new Output(options);
        const user = await client.users.administer(who, { moderator: isModerator });
        await out.print(user, () => `${user.username} is ${isModerator ? 'a' : 'no'} moderator now.`);
      }),
    );
  }
}
