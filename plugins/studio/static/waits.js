/** What an upload waits for: several parts may, each for another reason. */

import { Unreachable } from "studio/failures.js";

export class Waits {
  #waits = new Map();

  /**
   * `subject` is the number of a part, or "upload" or "tab"; `wait` is {error, until} with `until` in ms of the page's
   * clock, without an error for a tab, and null when it is over.
   */
  note(subject, wait) {
    if (!wait) this.#waits.delete(subject);
    else this.#waits.set(subject, { subject, stops: stopsAll(subject, wait), ...wait });
  }

  clear() {
    this.#waits.clear();
  }

  /** What to tell of, with `stops`: that which stops everything, else what goes on next; null when nothing waits. */
  get foremost() {
    const waits = [...this.#waits.values()].sort((one, other) => one.until - other.until);
    return waits.find(({ stops }) => stops) ?? waits[0] ?? null;
  }
}

function stopsAll(subject, { error }) {
  return typeof subject !== "number" || error instanceof Unreachable;
}
