import { databaseOf } from '../../src/board/database-url.ts';
import { signUp } from '../../src/board/posting.ts';
import { Store } from '../../src/store/store.ts';
import type { TemporaryDatabase } from './database.ts';

const onFault = (error: unknown): never => {
  throw error;
};

/** Makes many accounts that nobody can log in to: passwords are dear by design. */
export async function makePeople(database: TemporaryDatabase, usernames: readonly string[]): Promise<void> {
  const store = await Store.open({
    dialect: await databaseOf(database.at),
    epoch: 'test',
    onCommit: () => {},
    onWarning: () => {},
    now: Date.now,
    onFault,
  });
  await Promise.all(
    usernames.map((username) =>
      store.write(
        signUp({
          username,
          username_key: username.toLowerCase(),
          password_hash: null,
          bio: `I am ${username}`,
          data: null,
        }),
      ),
    ),
  );
  await store.close();
}
