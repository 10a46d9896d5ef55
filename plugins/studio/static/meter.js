/** Speed and time left of a transfer, smoothed so that the numbers can be read. */

const WINDOW = 8000; // ms of history the speed is measured over
const SHORTEST = 400; // ms of history before there is a speed
const SMOOTHING = 0.25; // weight of the newest speed; the rest is the past

export class Meter {
  #samples = [];
  #speed = null;

  /** Forget the past: after a pause it says nothing about the present. */
  reset() {
    this.#samples = [];
    this.#speed = null;
  }

  /** Take note of `sent` bytes; return {speed, left} in bytes per second and seconds, each null until known. */
  read(sent, total, now = performance.now()) {
    this.#samples.push({ now, sent });
    while (now - this.#samples[0].now > WINDOW) this.#samples.shift();
    const [first] = this.#samples;
    if (now - first.now < SHORTEST) return { speed: null, left: null };
    const speed = Math.max(0, ((sent - first.sent) / (now - first.now)) * 1000);
    this.#speed = this.#speed === null ? speed : this.#speed + SMOOTHING * (speed - this.#speed);
    return { speed: this.#speed, left: this.#speed > 0 ? (total - sent) / this.#speed : null };
  }
}
