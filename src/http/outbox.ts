import { atEndOfTurn } from '../model/turn.ts';

/**
 * Has the answers to what came in one turn of the event loop go out together at its end. Whoever they are for, on this machine or the next, is
 * woken once and not for each, which takes the kernel longer than all else that a `GET` does: half as many again get through.
 */
export class Outbox {
  /** The turn that is not over yet. */
  #turn = 0;
  #letters: (() => void)[] = [];
  #isSet = false;

  /** Says in which turn it is that something comes. */
  turn(): number {
    if (!this.#isSet) atEndOfTurn(this.#empty);
    this.#isSet = true;
    return this.#turn;
  }

  /** @param turn - that of what it answers. What took longer has company enough, of those who shared its commit, and goes out at once. */
  send(turn: number, letter: () => void): void {
    if (turn === this.#turn) this.#letters.push(letter);
    else letter();
  }

  readonly #empty = () => {
    const letters = this.#letters;
    this.#letters = [];
    this.#isSet = false;
    this.#turn += 1;
    for (const letter of letters) letter();
  };
}
