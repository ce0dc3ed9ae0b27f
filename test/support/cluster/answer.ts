import { change } from '../../../src/board/account-writes.ts';
import { edit, post } from '../../../src/board/posting.ts';
import { remove } from '../../../src/board/removing.ts';
import { ndjson } from '../../../src/feed/formats.ts';
import { parseCursor } from '../../../src/model/cursor.ts';
import { BoardError, STATUS } from '../../../src/model/errors.ts';
import { EVERYTHING } from '../../../src/model/filter.ts';
import type { MessageRow, UserRow } from '../../../src/store/schema.ts';
import type { SimulatedNode } from './node.ts';
import type { SimulatedPipe } from './pipe.ts';

/** A request as it came. */
export interface Request {
  readonly what: string;
  readonly query: URLSearchParams;
  readonly json: { readonly text?: string; readonly bio?: string } | null;
  /** `null`: nobody in particular. */
  readonly userId: number | null;
  readonly key: string | null;
  readonly ifMatch: string | null;
}

/** How a node answers, on the routes that a story has. */
export async function answer(node: SimulatedNode, request: Request, open: () => SimulatedPipe): Promise<Response> {
  try {
    if (request.what === 'GET /stream') return await stream(node, request, open);
    const body = await call(node, request);
    return Response.json(body ?? null);
  } catch (error) {
    const { code, message, retryAfter } =
      error instanceof BoardError ? error : new BoardError('internal', String(error));
    const headers = retryAfter === null ? {} : { 'retry-after': `${retryAfter}` };
    return Response.json({ type: `/problems/${code}`, detail: message }, { status: STATUS[code], headers });
  }
}

async function call(node: SimulatedNode, request: Request): Promise<unknown> {
  const { what, json, userId, key, ifMatch } = request;
  const user = await node.people.byId(userId ?? 0);
  if (!user) throw new BoardError('unauthorized', 'Who is that?');
  const id = Number(what.match(/\d+$/)?.[0] ?? 0);
  const { text = '', bio = null } = json ?? {};
  switch (what.replace(/\d+$/, '')) {
    case 'POST /message':
      return shown(node, await posted(node, user, text, key));
    case 'PUT /message/':
      return shown(node, await node.write(edit(id, user, { text }, ifMatch === null ? undefined : [seqOf(ifMatch)])));
    case 'DELETE /message/':
      return node.write(remove(id, user, undefined));
    case 'PUT /user/me':
      return (await node.write(change(user, { bio }, null))).bio;
    default:
      throw new BoardError('not-found', what);
  }
}

async function posted(node: SimulatedNode, { id }: UserRow, text: string, key: string | null): Promise<MessageRow> {
  const draft = { text, data: null, topics: [], replyTo: null, to: null };
  const made = await node.write(post(id, [draft], key === null ? null : { key, content: text }));
  const row = made.kind === 'posted' ? made.rows[0] : await node.ask(({ messages }) => messages.get(made.firstId));
  if (!row || row.deleted === 1) throw new BoardError('not-found', 'It has been deleted.');
  return row;
}

function shown(node: SimulatedNode, row: MessageRow): Promise<unknown> {
  return node.presenter.message(row);
}

function seqOf(ifMatch: string): number {
  return Number(ifMatch.replaceAll('"', ''));
}

async function stream(node: SimulatedNode, { query }: Request, open: () => SimulatedPipe): Promise<Response> {
  const after = query.get('after');
  const pipe = Promise.withResolvers<SimulatedPipe>();
  const opened = () => {
    const made = open();
    pipe.resolve(made);
    return made;
  };
  await node.hub.subscribe({
    selection: EVERYTHING,
    viewer: 1,
    isStillAllowed: () => node.ask(() => true),
    until: null,
    cursor: after === null ? null : parseCursor(after),
    format: ndjson,
    open: opened,
    pageSize: Number(query.get('user') ?? 3),
  });
  return new Response((await pipe.promise).body, { headers: { 'content-type': 'application/x-ndjson' } });
}
