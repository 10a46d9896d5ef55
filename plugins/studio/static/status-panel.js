/** The processing of one video on the page: its steps, what can be watched already, and why it failed. */

import { percent } from "studio/format.js";
import { copyOf, part, say } from "studio/markup.js";

const WORDS = { waiting: "Waiting", done: "Done", failed: "Failed" };

const NOTES = {
  uploading: "Begins when the file is complete.",
  processing: "You can close this page; it goes on.",
  playable: "It can be watched already. Higher qualities follow.",
  published: "Ready in every quality.",
  held: "It is ready, and waits for a moderator's approval before others can see it.",
  failed: "",
};

/** Return what a step says of itself: "43%", "Waiting", … */
export function wordOf(step) {
  return step.state === "running" ? percent(step.progress) : WORDS[step.state];
}

/** Return the state of a video in one sentence, for those who listen. */
export function sentenceFor(status) {
  return status.failure ? `Failed. ${status.failure.sentence}` : NOTES[status.state] ?? "";
}

export class StatusPanel {
  #root;

  /** `root` holds elements marked data-steps, data-note and data-failure. */
  constructor(root) {
    this.#root = root;
  }

  show(status) {
    this.#showSteps(status.steps);
    say(this.#root, "note", NOTES[status.state] ?? "");
    this.#showFailure(status.failure);
  }

  /** Tell of trouble that is no failure of the processing, such as a lost connection. */
  complain(sentence) {
    this.#showFailure({ sentence, advice: "" });
  }

  /** Take back what failed. */
  clear() {
    this.#showFailure(null);
  }

  #showFailure(failure) {
    const box = part(this.#root, "failure");
    box.hidden = !failure;
    if (!failure) return;
    say(box, "sentence", failure.sentence);
    say(box, "advice", failure.advice ?? "");
  }

  /** Items are changed in place: a list made anew would restart the running step's animation. */
  #showSteps(steps) {
    const list = part(this.#root, "steps");
    while (list.children.length > steps.length) list.lastElementChild.remove();
    while (list.children.length < steps.length) list.append(copyOf("step"));
    steps.forEach((step, index) => {
      const item = list.children[index];
      item.dataset.state = step.state;
      part(item, "label").textContent = step.label;
      part(item, "word").textContent = wordOf(step);
    });
  }
}
