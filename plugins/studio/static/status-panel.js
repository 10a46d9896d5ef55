/** The processing of one video on the page: its steps, what may be done, and why it failed. */

import { aboutLeft, percent } from "studio/format.js";
import { copyOf, part, say } from "studio/markup.js";
import { isUndecided, isWorking, noteFor, wordOf } from "studio/standing.js";

export class StatusPanel {
  #root;

  /** `root` holds elements marked data-steps, data-note and data-failure; and data-stop, data-retry, data-keep if any. */
  constructor(root) {
    this.#root = root;
  }

  show(status) {
    this.#showSteps(status.steps);
    say(this.#root, "note", noteFor(status));
    this.#showFailure(status.failure);
    this.#showActs(status);
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

  /** A button that goes hands the focus to the one that comes. */
  #showActs(status) {
    const acts = ["stop", "retry", "keep"].map((name) => part(this.#root, name));
    if (acts.includes(null)) return; // there is no file to work on yet
    const [stop, retry, keep] = acts;
    const pressed = acts.some((each) => each.contains(document.activeElement));
    stop.hidden = !isWorking(status);
    retry.hidden = !isUndecided(status);
    keep.hidden = !isUndecided(status) || !status.replacement;
    const left = acts.find((each) => !each.hidden);
    if (pressed && left && !left.contains(document.activeElement)) (part(left, "press") ?? left).focus();
  }

  /** Items are changed in place: a list made anew would restart the running step's animation. */
  #showSteps(steps) {
    const list = part(this.#root, "steps");
    while (list.children.length > steps.length) list.lastElementChild.remove();
    while (list.children.length < steps.length) list.append(copyOf("step"));
    steps.forEach((step, index) => showStep(list.children[index], step));
  }
}

function showStep(item, step) {
  item.dataset.state = step.state;
  write(item, "label", step.label);
  write(item, "word", wordOf(step, percent));
  write(item, "left", step.state === "running" ? aboutLeft(step.seconds_left) : "");
}

function write(item, name, text) {
  const element = part(item, name);
  if (element.textContent !== text) element.textContent = text;
}
