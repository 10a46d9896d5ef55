/** How many parts are on their way at once: as many as make the line faster, and fewer when it complains. */

const START = 2;
// Browsers open six connections to a host over HTTP/1.1: two stay free for the page and its live status.
const MOST = 4;
const GAIN = 1.1; // what one more part at once has to bring to be worth it
const JUDGED_AFTER = 2000; // ms
const SLOW = 30_000; // ms for one part: when such a one breaks, much is lost
const REST = 5; // judgements without an experiment after one that failed

export class Pace {
  /** How many parts may be on their way now. */
  lanes = START;
  #least;
  #since = null;
  #before = 0; // bytes per ms before the newest lane was opened
  #experiment = false;
  #rest = 0;

  /** `least` is how many bytes have to go before a speed says anything. */
  constructor(least) {
    this.#least = least;
  }

  /** Hear how many bytes have gone in all, at `now` in ms. */
  progress(sent, now) {
    if (this.#since === null || sent < this.#since.sent) this.#since = { sent, now };
    const [bytes, ms] = [sent - this.#since.sent, now - this.#since.now];
    if (ms < JUDGED_AFTER || bytes < this.#least) return;
    this.#since = { sent, now };
    this.#judge(bytes / ms);
  }

  /** Hear how many ms a part that arrived has taken. */
  arrived(ms) {
    if (ms > SLOW && this.lanes > 1) this.#restartWith(this.lanes - 1);
  }

  /** Hear that a part did not arrive. */
  failed() {
    this.#restartWith(Math.max(1, Math.floor(this.lanes / 2)));
  }

  #judge(speed) {
    if (this.#experiment && speed < this.#before * GAIN) {
      this.#restartWith(this.lanes - 1);
    } else if (this.#rest > 0) {
      this.#rest -= 1;
    } else if (this.lanes < MOST) {
      this.lanes += 1;
      this.#before = speed;
      this.#experiment = true;
    } else {
      this.#experiment = false; // the last lane has proven itself
    }
  }

  #restartWith(lanes) {
    Object.assign(this, { lanes });
    this.#since = null;
    this.#experiment = false;
    this.#rest = REST;
  }
}

/** Run `work(item)` for all of `items`, at most `width()` at a time; throws what the first failing one throws. */
export async function inLanes(items, width, work) {
  const waiting = [...items];
  const running = new Set();
  while (waiting.length || running.size) {
    while (waiting.length && running.size < width()) {
      const run = work(waiting.shift()).finally(() => running.delete(run));
      running.add(run);
    }
    await Promise.race(running);
  }
}
