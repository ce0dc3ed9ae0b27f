/** What is on a page of messages, topics or users that does not say how many. */
export const DEFAULT_LIMIT = 20;

/** The most users to look up at once. */
export const MOST_USERS = 100;
