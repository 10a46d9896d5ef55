/** One file on the upload page: its transfer, its form, its processing. */

import { confirmed } from "studio/confirm.js";
import { Details } from "studio/details.js";
import { sentenceOf } from "studio/failures.js";
import { portion, titleOf } from "studio/format.js";
import { copyOf, part } from "studio/markup.js";
import { narrate } from "studio/narrator.js";
import { Preview } from "studio/preview.js";
import { Processing } from "studio/processing.js";
import { KeptWords } from "studio/replacement.js";
import { TransferCard } from "studio/transfer-card.js";
import { Upload } from "studio/upload.js";

/** Events: `change`, when the page's heading, title or warning may have to; `removed`, when it is cancelled. */
export class UploadItem extends EventTarget {
  element = copyOf("upload-item");
  #page;
  #words;
  #processing;
  #preview;
  #gone = new AbortController();

  /** `page` is the UploadPage; `known` is the upload {record, doubts} that this file goes on with, or null. */
  constructor(file, fingerprint, page, known) {
    super();
    const { element } = this;
    this.#page = page;
    this.#words = page.replaces
      ? new KeptWords(page.replaces)
      : new Details(part(element, "details"), page.announcer, { title: titleOf(file.name) });
    const takes = (record) => page.takes(record);
    this.upload = new Upload(file, fingerprint, { words: () => this.#words.take(), takes, known });
    this.#preview = new Preview(element, file);
    const say = (sentence) => this.#say(sentence);
    const replaces = page.replaces !== null;
    this.#processing = new Processing(element, this.upload, { replaces, say, signal: this.#gone.signal });
    new TransferCard(element, this.upload);
    narrate(this.upload, say);
    this.#showTitle();
    this.#listen();
    if (known) this.#adopt(known.record.video_id);
  }

  get title() {
    return this.#words.title || this.upload.file.name;
  }

  /** The last known status of the processing, or null. */
  get status() {
    return this.#processing.status;
  }

  /** Whether leaving the page now would interrupt or lose something. */
  get busy() {
    return this.upload.active || this.upload.state === "queued" || this.#words.unsaved;
  }

  #listen() {
    const { element, upload } = this;
    element.addEventListener("input", () => this.#showTitle());
    part(element, "cancel").addEventListener("click", () => this.#cancel());
    this.#processing.addEventListener("change", () => this.#tell());
    this.#processing.addEventListener("poster", () => this.#preview.drop());
    upload.addEventListener("created", () => this.#created());
    upload.addEventListener("found", () => this.#adopt(upload.ledger.record.video_id));
    upload.addEventListener("change", () => this.#changed());
    upload.addEventListener("progress", () => this.#progress());
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }

  #progress() {
    this.#processing.progress();
    this.#tell();
  }

  #showTitle() {
    part(this.element, "title").textContent = this.title;
    this.#tell();
  }

  #created() {
    const videoId = this.upload.ledger.record.video_id;
    this.#words.bind(videoId);
    this.#introduce(videoId);
  }

  /** Go on with a draft that exists: its words are the server's. */
  async #adopt(videoId) {
    this.#introduce(videoId);
    await this.#processing.ask(`/videos/${videoId}`, (video) => {
      this.#words.fill(video);
      this.#words.bind(videoId);
      this.#showTitle();
    });
  }

  #introduce(videoId) {
    part(this.element, "edit").href = this.#page.editUrl(videoId);
    this.#processing.introduce(videoId);
  }

  #changed() {
    this.#tell();
    if (this.upload.state !== "accepted") return;
    part(this.element, "edit").hidden = false;
    this.#processing.follow();
  }

  #say(sentence) {
    this.#page.announcer.say(this.upload, `${this.title}: ${sentence}`);
  }

  async #cancel() {
    if (!(await this.#mayCancel())) return;
    this.#gone.abort();
    this.#preview.drop();
    this.element.remove();
    this.dispatchEvent(new Event("removed"));
    try {
      await this.upload.cancel();
    } catch (error) {
      this.#page.complain([`${this.title} could not be cancelled: ${sentenceOf(error)}`]);
    }
  }

  async #mayCancel() {
    const { file, ledger } = this.upload;
    if (!ledger.record) return true;
    return confirmed(this.#page.dialog, {
      title: "Cancel this upload?",
      text: `${portion(ledger.sent, file.size)} are there already. ${this.#words.loss}`,
      act: "Cancel the upload",
      keep: "Keep uploading",
    });
  }
}
