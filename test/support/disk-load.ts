import assert from 'node:assert/strict';
import type { Message } from '../../src/model/message.ts';
import type { Api, Person } from './api.ts';
import type { Written } from './board-image.ts';
import { eventually } from './eventually.ts';

const WRITERS = 16;

/** Writers who post and edit as fast as they are answered, and what became of it. */
export class DiskLoad {
  readonly writes: Written[] = [];
  /** How many writes got 503. */
  refused = 0;
  readonly #as: Person;
  #isOver = false;
  #writers: Promise<void>[] = [];

  constructor(as: Person) {
    this.#as = as;
  }

  start(api: Api): void {
    this.#writers = Array.from({ length: WRITERS }, (_, writer) => this.#write(api, writer));
  }

  /** Waits until so many more writes are answered. */
  async answers(count: number): Promise<void> {
    const enough = this.writes.length + count;
    await eventually(() => assert.ok(this.writes.length >= enough, 'no write is acknowledged'));
  }

  /** Waits until every writer has been refused, by and large. */
  async refusals(): Promise<void> {
    await eventually(() => assert.ok(this.refused >= 2 * WRITERS, 'no write is refused'));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#writers);
    this.#isOver = false;
  }

  /** Takes over what is there of writes that were not answered. */
  adopt(messages: readonly Message[]): void {
    const known = new Set(this.writes.map(({ seq }) => seq));
    for (const { id, seq, text } of messages) {
      if (!known.has(seq)) this.writes.push({ ms: Number.POSITIVE_INFINITY, id, seq, text });
    }
  }

  async #write(api: Api, writer: number): Promise<void> {
    const own: number[] = [];
    for (let n = 0; !this.#isOver; n++) {
      const text = `${writer}: ${n}`;
      const id = n % 8 === 0 ? undefined : own[n % own.length];
      const asked = id
        ? api.put<Message>(`/message/${id}`, { text }, { as: this.#as })
        : api.post<Message>('/message', { text }, { as: this.#as });
      // fetch throws a TypeError where the connection breaks.
      const answer = await asked.catch((error: unknown) => assert.ok(error instanceof TypeError, `${error}`));
      if (!answer) return;
      if (answer.status === 503) {
        this.refused += 1;
        continue;
      }
      assert.ok(answer.status < 300, answer.text);
      this.writes.push({ ms: Date.now() + 1, id: answer.body.id, seq: answer.body.seq, text });
      if (!id) own.push(answer.body.id);
    }
  }
}
