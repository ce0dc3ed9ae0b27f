/** The text of every message, in every contestant: as `{"text": …}` it makes a body of 60 bytes. */
export const messageText = 'I love kittens, and I say it in sixty whole bytes';
