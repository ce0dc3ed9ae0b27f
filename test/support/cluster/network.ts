import { answer, type Request } from './answer.ts';
import type { SimulatedNode } from './node.ts';
import { SimulatedPipe } from './pipe.ts';
import type { Scheduler } from './scheduler.ts';

/** What stands between clients and nodes: a request goes to any node that lives, and it or its answer may get lost. */
export class SimulatedNetwork {
  readonly #scheduler: Scheduler;
  readonly #nodes: () => readonly SimulatedNode[];
  readonly #keepsKeys: boolean;
  readonly #pipes = new Set<SimulatedPipe>();

  /** @param keepsKeys - `false`: keys of requests get lost. */
  constructor(scheduler: Scheduler, nodes: () => readonly SimulatedNode[], keepsKeys: boolean) {
    this.#scheduler = scheduler;
    this.#nodes = nodes;
    this.#keepsKeys = keepsKeys;
  }

  /** Connections that are open. */
  get pipes(): SimulatedPipe[] {
    for (const pipe of this.#pipes) if (!pipe.isOpen) this.#pipes.delete(pipe);
    return [...this.#pipes];
  }

  readonly fetch = (url: string, init: RequestInit): Promise<Response> => {
    const request = this.#requestOf(url, init);
    return new Promise((resolve, reject) => {
      const fail = () => reject(new TypeError('fetch failed'));
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason), { once: true });
      this.#scheduler.later(() => {
        const node = this.#scheduler.random.pick(this.#nodes());
        if (!node) return fail();
        if (this.#scheduler.strikes(0.04)) return this.#scheduler.random.chance(0.8) ? fail() : undefined;
        this.#send(node, request, init.signal).then((response) => response && resolve(response), fail);
      });
    });
  };

  #requestOf(url: string, { method = 'GET', headers, body }: RequestInit): Request {
    const { pathname, searchParams } = new URL(url);
    const given = new Headers(headers);
    const key = this.#keepsKeys ? given.get('idempotency-key') : null;
    return {
      what: `${method} ${pathname}`,
      query: searchParams,
      json: typeof body === 'string' ? JSON.parse(body) : null,
      userId: Number(given.get('authorization')?.match(/\d+$/)?.[0] ?? 0) || null,
      key,
      ifMatch: given.get('if-match'),
    };
  }

  /** Resolves with the answer, or `null` if none will ever come; rejects if the connection breaks before. */
  async #send(node: SimulatedNode, request: Request, signal: AbortSignal | null | undefined): Promise<Response | null> {
    const crashed = Promise.withResolvers<never>();
    crashed.promise.catch(() => {});
    const forget = node.onCrash(() => this.#scheduler.later(() => crashed.reject(new Error('the node is gone'))));
    const open = () => this.#open(node, signal);
    const response = await Promise.race([answer(node, request, open), crashed.promise]);
    await Promise.race([new Promise<void>((resolve) => this.#scheduler.later(resolve)), crashed.promise]);
    forget();
    if (!this.#scheduler.strikes(0.06)) return response;
    await response.body?.cancel();
    if (this.#scheduler.random.chance(0.2)) return null;
    throw new Error('the answer got lost');
  }

  #open(node: SimulatedNode, signal: AbortSignal | null | undefined): SimulatedPipe {
    const pipe = new SimulatedPipe(this.#scheduler);
    this.#pipes.add(pipe);
    node.onCrash(() => pipe.break());
    signal?.addEventListener('abort', () => pipe.abort(signal.reason), { once: true });
    return pipe;
  }
}
