export type { Deleted, StreamEvent } from './model/change.ts';
export type {
  Client,
  CloseOptions,
  Deletion,
  DeletionQuery,
  ListQuery,
  MatchOptions,
  Page,
  Poll,
  PollQuery,
  PostOptions,
  StreamOptions,
  StreamQuery,
  TopicsPage,
  TopicsQuery,
  UsersPage,
  UsersQuery,
  WaitOptions,
} from './model/client.ts';
export { BoardError, type ErrorCode, type InputFault } from './model/errors.ts';
export type { Filter } from './model/filter.ts';
export type { Latest, Message, MessageDraft, MessageEdit } from './model/message.ts';
export type { CurrentSession, Session, SessionDraft } from './model/session.ts';
export type { Topic } from './model/topic.ts';
export type { Author, User, UserAdministration, UserDraft, UserEdit } from './model/user.ts';
export type { SavedMirror } from './remote/collection.ts';
export { connect } from './remote/connect.ts';
export type { Credentials, CredentialsSource } from './remote/credentials.ts';
export { type Mirror, type MirrorOptions, type MirrorState, type MirrorStorage, mirror } from './remote/mirror.ts';
export { pages } from './remote/pages.ts';
export { shareStream } from './remote/share-stream.ts';
export type { ConnectOptions } from './remote/transport.ts';
