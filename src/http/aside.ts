import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { NO_COMPILERS, passAll } from './compilers.ts';

/** What is told of a request: whether whoever asks has the answer already. Nothing else changes it. */
const TOLD = ['if-none-match', 'if-modified-since'] as const;

/** What an answer says of its way, on which the server has the last word. */
const OF_THE_WAY = ['connection', 'date', 'transfer-encoding', 'content-length'];

/**
 * Answers requests by a Fastify of its own, which is made when it is first asked: until then nothing is loaded that only it
 * needs. Who may ask, and what every answer says, is the business of the routes that hand their requests to it.
 *
 * @param furnish - registers what is there, under the paths that will be asked for.
 */
export function aside(furnish: (app: FastifyInstance) => Promise<void>) {
  const make = async () => {
    const app = fastify({ schemaController: NO_COMPILERS });
    passAll(app);
    await furnish(app);
    await app.ready();
    return app;
  };

  let made: Promise<FastifyInstance> | null = null;
  return async (request: FastifyRequest, reply: FastifyReply, url = request.url): Promise<FastifyReply> => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    const headers: Record<string, string> = {};
    for (const name of TOLD) {
      const value = request.headers[name];
      if (value !== undefined) headers[name] = value;
    }
    const answer = await (await made).inject({ url, headers });
    // A fault of ours is to end in the log, and not as something that is not there.
    if (answer.statusCode >= 500) throw new Error(`${url} was answered ${answer.statusCode}: ${answer.payload}`);
    if (answer.statusCode >= 400) {
      reply.callNotFound();
      return reply;
    }

    for (const [name, value] of Object.entries(answer.headers))
      if (value !== undefined && !OF_THE_WAY.includes(name)) reply.header(name, value);
    return reply.code(answer.statusCode).send(answer.rawPayload.length > 0 ? answer.rawPayload : undefined);
  };
}
