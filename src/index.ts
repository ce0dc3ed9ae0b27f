export type { Database, DatabaseByDialect } from './board/database-url.ts';
export type { Hooks } from './board/hooks.ts';
export { type BoardOptions, openBoard } from './board/open-board.ts';
export type { Authenticate } from './http/host-users.ts';
export type { LimitName, LimitSettings, LimitText } from './http/limits/table.ts';
export { type NodeHandler, type NodeHandlerOptions, nodeHandler } from './http/node-handler.ts';
export { type MsgboardPluginOptions, msgboard } from './http/plugin.ts';
export { type WebHandlerOptions, webHandler } from './http/web-handler.ts';
export type { Board } from './model/board.ts';
export type { Change, Deleted, StreamEvent } from './model/change.ts';
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
export type { Author, Guest, User, UserAdministration, UserDraft, UserEdit } from './model/user.ts';
export { type RunningServer, type ServerOptions, startServer } from './serve.ts';
