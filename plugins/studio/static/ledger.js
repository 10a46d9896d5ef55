/** What is there of one upload, by the server's own list, and what is on its way. */

import { lengthOf } from "studio/part.js";

export class Ledger {
  #record = null;
  #received = new Set();
  #added = new Set(); // arrived through us, and perhaps after the list was made that is adopted
  #sending = new Map();
  #doubts = new Set();

  /** The server's view of the upload; null while there is none. */
  get record() {
    return this.#record;
  }

  get open() {
    return this.#record?.state === "open";
  }

  /** How many parts are there. */
  get arrived() {
    return this.#record && !this.open ? this.#record.parts : this.#received.size;
  }

  /** Bytes of the file that are there, or on their way. */
  get sent() {
    if (!this.#record) return 0;
    const { parts, part_size: whole, size } = this.#record;
    if (!this.open) return size;
    let bytes = this.#received.size * whole;
    if (this.#received.has(parts)) bytes -= whole - lengthOf(this.#record, parts);
    for (const loaded of this.#sending.values()) bytes += loaded;
    return Math.min(bytes, size);
  }

  /** Numbers of the parts to send. */
  get missing() {
    const numbers = Array.from({ length: this.#record.parts }, (_, index) => index + 1);
    return numbers.filter((number) => !this.has(number));
  }

  /** Take over what the server says; parts in `doubts` do not count until they are sent again. */
  adopt(record, doubts = this.#doubts) {
    this.#record = record;
    this.#doubts = doubts;
    const whole = (part) => part.size === lengthOf(record, part.number) && !doubts.has(part.number);
    this.#received = new Set([...record.received.filter(whole).map(({ number }) => number), ...this.#added]);
  }

  /** Believe only the server's next list. */
  distrust() {
    this.#added = new Set();
  }

  /** The server knows nothing of it any more. */
  forget() {
    this.#record = null;
    this.#doubts = new Set();
    this.rest();
  }

  /** Nothing is on its way any more. What still reports to the old map, while it unwinds, is not heard. */
  rest() {
    this.#sending = new Map();
    this.distrust();
  }

  /** Return a function that hears how many bytes of a part have gone, and null when it is on its way no more. */
  departure(number) {
    const sending = this.#sending;
    return (loaded) => (loaded === null ? sending.delete(number) : sending.set(number, loaded));
  }

  /** Whether this part need not be sent. */
  has(number) {
    return !this.open || this.#received.has(number);
  }

  add(number) {
    this.#doubts.delete(number);
    this.#added.add(number);
    this.#received.add(number);
  }
}
