/** The page's one voice for screen readers: polite, and never more than one message in ten seconds. */

const PAUSE = 10_000; // ms

export class Announcer {
  #region;
  #messages = new Map();
  #timer = null;

  /** `region` is an element with role=status. */
  constructor(region) {
    this.#region = region;
  }

  /** Say `text` soon; a newer message about the same `subject` takes the place of one that still waits. */
  say(subject, text) {
    this.#messages.delete(subject);
    this.#messages.set(subject, text);
    this.#timer ??= setTimeout(() => this.#speak(), 0);
  }

  #speak() {
    this.#region.textContent = [...this.#messages.values()].join(" ");
    this.#messages.clear();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#messages.size) this.#speak();
    }, PAUSE);
  }
}
