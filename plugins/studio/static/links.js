/** The signed links of one upload's parts: asked for in batches, each given out once. */

import { call } from "studio/api.js";

const BATCH = 10; // few enough that a link is still fresh when its turn comes

export class Links {
  #uploadId;
  #links = new Map();
  #signing = null;

  constructor(uploadId) {
    this.#uploadId = uploadId;
  }

  /**
   * Return `{url, headers}` for a part, and forget it: a second attempt must not use a link that may have expired.
   * `upcoming` are the parts after it; the next few are signed by the same call.
   */
  async take(number, upcoming, signal) {
    while (!this.#links.has(number)) {
      // A neighbour may be asking for this part too; should that fail, we ask ourselves.
      if (this.#signing) await this.#signing.catch(() => {});
      else await this.#sign([number, ...upcoming.slice(0, BATCH - 1)], signal);
    }
    const link = this.#links.get(number);
    this.#links.delete(number);
    return link;
  }

  async #sign(numbers, signal) {
    this.#signing = call("POST", `/uploads/${this.#uploadId}/sign`, { body: { parts: numbers }, signal });
    try {
      const { parts } = await this.#signing;
      for (const { number, ...link } of parts) this.#links.set(number, link);
    } finally {
      this.#signing = null;
    }
  }
}
