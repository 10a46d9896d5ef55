/** The transfer of one file on the page: percent, speed, time left, what it waits for, pause and resume. */

import { sentenceOf } from "studio/api.js";
import { percent, portion, size, timeLeft } from "studio/format.js";
import { part, say } from "studio/markup.js";
import { Meter } from "studio/meter.js";

const BUTTONS = {
  queued: ["pause", "cancel"],
  starting: ["pause", "cancel"],
  uploading: ["pause", "cancel"],
  finishing: [],
  paused: ["resume", "cancel"],
  failed: ["again", "cancel"],
  accepted: [],
};

const NUMBERS = {
  queued: "Waits for the one before it",
  starting: "Starting …",
  finishing: "Checking that all is there …",
  paused: "Paused",
  failed: "Stopped",
};

const WAITING = {
  offline: "You are offline. It goes on by itself when the connection is back.",
  retry: "The connection is unsteady. It goes on by itself.",
};

const KEPT = "You may close this page. Choose the same file later, and it goes on.";
const READING = 500; // ms between two readings of the meter: often enough, and still readable

export class TransferCard {
  #root;
  #upload;
  #meter = new Meter();
  #timer = null;

  constructor(root, upload) {
    this.#root = root;
    this.#upload = upload;
    part(root, "name").textContent = upload.file.name;
    part(root, "pause").addEventListener("click", () => this.#hand("resume", () => upload.pause()));
    part(root, "resume").addEventListener("click", () => this.#hand("pause", () => upload.enqueue()));
    part(root, "again").addEventListener("click", () => this.#hand("pause", () => upload.enqueue()));
    upload.addEventListener("change", () => this.#showState());
    upload.addEventListener("progress", () => this.#showProgress());
    this.#showState();
  }

  /** Act, and keep the focus when the pressed button gives way to another. */
  #hand(next, act) {
    act();
    part(this.#root, next).focus();
  }

  #showState() {
    const { state, waiting, error } = this.#upload;
    for (const name of ["pause", "resume", "again", "cancel"]) {
      part(this.#root, name).hidden = !BUTTONS[state]?.includes(name);
    }
    this.#readMeter(state === "uploading" && !waiting);
    part(this.#root, "short").textContent = NUMBERS[state] ?? "";
    if (state in NUMBERS) this.#showNumbers(NUMBERS[state]);
    this.#showProgress();
    say(this.#root, "waiting", WAITING[waiting] ?? "");
    say(this.#root, "problem", state === "failed" ? sentenceOf(error) : "");
    const kept = !waiting && (state === "uploading" || state === "paused");
    say(this.#root, "hint", kept ? KEPT : "");
    part(this.#root, "transfer").hidden = state === "accepted";
  }

  #showProgress() {
    const { state, sent, file } = this.#upload;
    const fraction = sent / file.size;
    part(this.#root, "percent").textContent = percent(fraction);
    for (const bar of this.#root.querySelectorAll("[data-bar]")) bar.value = fraction;
    if (state === "uploading") part(this.#root, "short").textContent = percent(fraction);
  }

  #readMeter(on) {
    clearInterval(this.#timer);
    this.#meter.reset();
    if (!on) return;
    const read = () => this.#showNumbers(this.#describe(this.#meter.read(this.#upload.sent, this.#upload.file.size)));
    this.#timer = setInterval(read, READING);
    read();
  }

  #describe({ speed, left }) {
    const { sent, file } = this.#upload;
    const known = speed === null ? [] : [`${size(speed)}/s`, left === null ? "" : timeLeft(left)];
    return [portion(sent, file.size), ...known].filter(Boolean).join(" · ");
  }

  #showNumbers(text) {
    part(this.#root, "numbers").textContent = text;
  }
}
