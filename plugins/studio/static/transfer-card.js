/** The transfer of one file on the page: percent, speed, time left, what it does just now, pause and resume. */

import { sentenceOf } from "studio/failures.js";
import { percent, portion, size, timeLeft } from "studio/format.js";
import { part, say } from "studio/markup.js";
import { Meter } from "studio/meter.js";
import { momentOf, obstacleOf } from "studio/moment.js";

const BUTTONS = {
  queued: ["pause", "cancel"],
  starting: ["pause", "cancel"],
  comparing: ["pause", "cancel"],
  uploading: ["pause", "cancel"],
  finishing: [],
  paused: ["resume", "cancel"],
  failed: ["again", "cancel"],
  accepted: [],
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
    const { state, error, active } = this.#upload;
    for (const name of ["pause", "resume", "again", "cancel"]) {
      part(this.#root, name).hidden = !BUTTONS[state]?.includes(name);
    }
    this.#keepReading(active);
    this.#read();
    this.#showProgress();
    say(this.#root, "problem", state === "failed" ? sentenceOf(error) : "");
    const kept = !obstacleOf(this.#upload) && (state === "uploading" || state === "paused");
    say(this.#root, "hint", kept ? KEPT : "");
    part(this.#root, "transfer").hidden = state === "accepted";
  }

  #showProgress() {
    const { state, ledger, file } = this.#upload;
    const fraction = ledger.sent / file.size;
    part(this.#root, "percent").textContent = percent(fraction);
    part(this.#root, "numbers").textContent = portion(ledger.sent, file.size);
    for (const bar of this.#root.querySelectorAll("[data-bar]")) bar.value = fraction;
    part(this.#root, "short").textContent = state === "uploading" ? percent(fraction) : momentOf(this.#upload);
  }

  #keepReading(on) {
    if (on) this.#timer ??= setInterval(() => this.#read(), READING);
    else this.#timer = clearInterval(this.#timer) ?? null;
  }

  #read() {
    const flows = this.#upload.state === "uploading" && !obstacleOf(this.#upload);
    if (!flows) this.#meter.reset();
    part(this.#root, "moment").textContent = momentOf(this.#upload);
    part(this.#root, "speed").textContent = flows ? this.#speed() : "";
    say(this.#root, "waiting", obstacleOf(this.#upload));
  }

  #speed() {
    const { speed, left } = this.#meter.read(this.#upload.ledger.sent, this.#upload.file.size);
    if (speed === null) return "";
    return left === null ? `${size(speed)}/s` : `${size(speed)}/s · ${timeLeft(left)}`;
  }
}
