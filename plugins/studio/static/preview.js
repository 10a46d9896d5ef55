/** What the browser itself can tell of a chosen file: a first frame, its dimensions and its length. */

import { clock, size } from "studio/format.js";
import { part } from "studio/markup.js";

/** Show `file` in the card until `drop()` is called; a format this browser cannot play shows its size alone. */
export class Preview {
  #card;
  #video = document.createElement("video");

  constructor(card, file) {
    this.#card = card;
    part(card, "size").textContent = size(file.size);
    Object.assign(this.#video, { muted: true, preload: "metadata", playsInline: true });
    this.#video.setAttribute("aria-hidden", "true");
    this.#video.addEventListener("loadeddata", () => this.#show(file), { once: true });
    this.#video.src = URL.createObjectURL(file);
  }

  drop() {
    URL.revokeObjectURL(this.#video.src);
    this.#video.remove();
  }

  #show(file) {
    const { videoWidth, videoHeight, duration } = this.#video;
    if (!videoWidth) return;
    part(this.#card, "poster").before(this.#video);
    part(this.#card, "size").textContent = `${size(file.size)} · ${videoWidth} × ${videoHeight}`;
    if (Number.isFinite(duration)) {
      part(this.#card, "length").textContent = clock(duration);
      part(this.#card, "length").hidden = false;
    }
  }
}
