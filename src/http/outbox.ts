import { atEndOfTurn } from '../model/turn.ts';

/** What is to go out at the end of a turn of the event loop. */
type Turn = (() => void)[];

/**
 * Has the answers to what came in one turn go out together at its end. Whoever they are for, on this machine or the next, is
 * woken once and not for each, which takes the kernel longer than all else that a `GET` does: half as many again get through.
 */
export class Outbox {
  /** `null`: nothing has come in this turn yet. */
  #turn: Turn | null = null;

  /** Says in which turn it is that something comes. */
  turn(): Turn {
    if (!this.#turn) {
      this.#turn = [];
      atEndOfTurn(this.#empty);
    }
    return this.#turn;
  }

  /** @param turn - that of what it answers. What took longer has company enough, of those who shared its commit, and goes out at once. */
  send(turn: Turn, letter: () => void): void {
    if (turn === this.#turn) turn.push(letter);
    else letter();
  }

  readonly #empty = () => {
    const letters = this.#turn ?? [];
    this.#turn = null;
    for (const letter of letters) letter();
  };
}
