/** One file on the upload page: its transfer, its form, its processing. */

import { call } from "studio/api.js";
import { persist } from "studio/backoff.js";
import { wordsOf } from "studio/badge.js";
import { confirmed } from "studio/confirm.js";
import { Details } from "studio/details.js";
import { sentenceOf } from "studio/failures.js";
import { follow } from "studio/follow.js";
import { percent, portion, titleOf } from "studio/format.js";
import { copyOf, part } from "studio/markup.js";
import { narrate } from "studio/narrator.js";
import { Preview } from "studio/preview.js";
import { sentenceFor, StatusPanel } from "studio/status-panel.js";
import { TransferCard } from "studio/transfer-card.js";
import { Upload } from "studio/upload.js";

/** Events: `change`, when the page's heading, title or warning may have to; `removed`, when it is cancelled. */
export class UploadItem extends EventTarget {
  element = copyOf("upload-item");
  /** The last known status of the processing, or null. */
  status = null;
  #page;
  #details;
  #panel;
  #preview;
  #gone = new AbortController();

  /** `page` is the UploadPage; `known` is the upload {record, doubts} that this file goes on with, or null. */
  constructor(file, fingerprint, page, known) {
    super();
    this.#page = page;
    this.#details = new Details(part(this.element, "details"), page.announcer, { title: titleOf(file.name) });
    this.upload = new Upload(file, fingerprint, { words: () => this.#details.take(), known });
    this.#panel = new StatusPanel(part(this.element, "status"));
    this.#preview = new Preview(this.element, file);
    new TransferCard(this.element, this.upload);
    narrate(this.upload, (sentence) => this.#say(sentence));
    this.#showTitle();
    this.#listen();
    if (known) this.#adopt(known.record.video_id);
  }

  get title() {
    return this.#details.title || this.upload.file.name;
  }

  /** Whether leaving the page now would interrupt or lose something. */
  get busy() {
    return this.upload.active || this.upload.state === "queued" || this.#details.unsaved;
  }

  #listen() {
    const { element, upload } = this;
    element.addEventListener("input", () => this.#showTitle());
    part(element, "cancel").addEventListener("click", () => this.#cancel());
    part(element, "retry").addEventListener("click", () => this.#retry());
    upload.addEventListener("created", () => this.#created());
    upload.addEventListener("found", () => this.#adopt(upload.ledger.record.video_id));
    upload.addEventListener("change", () => this.#changed());
    upload.addEventListener("progress", () => this.#progress());
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }

  #progress() {
    if (this.status && this.upload.active) this.#panel.show(this.#withUpload(this.status));
    this.#tell();
  }

  /** The server cannot know how far the parts on their way are; we do. */
  #withUpload(status) {
    const { ledger, file } = this.upload;
    const progress = ledger.sent / file.size;
    const steps = status.steps.map((step) => (step.name === "upload" ? { ...step, progress } : step));
    return { ...status, steps };
  }

  #showTitle() {
    part(this.element, "title").textContent = this.title;
    this.#tell();
  }

  #created() {
    const videoId = this.upload.ledger.record.video_id;
    this.#details.bind(videoId);
    this.#introduce(videoId);
  }

  /** Go on with a draft that exists: its words are the server's. */
  async #adopt(videoId) {
    this.#introduce(videoId);
    await this.#ask(`/videos/${videoId}`, (video) => {
      this.#details.fill(video);
      this.#details.bind(videoId);
      this.#showTitle();
    });
  }

  #introduce(videoId) {
    part(this.element, "edit").href = this.#page.editUrl(videoId);
    this.#ask(`/videos/${videoId}/status`, (status) => this.upload.state === "accepted" || this.#showStatus(status));
  }

  /** Hand what the API answers to `use`, unless the item is gone by then; a lasting error is shown. */
  async #ask(path, use) {
    const { signal } = this.#gone;
    try {
      use(await persist(() => call("GET", path, { signal }), { signal }));
    } catch (error) {
      if (!signal.aborted) this.#panel.complain(sentenceOf(error));
    }
  }

  #changed() {
    this.#tell();
    if (this.upload.state === "accepted") this.#follow();
  }

  #say(sentence) {
    this.#page.announcer.say(this.upload, `${this.title}: ${sentence}`);
  }

  async #follow() {
    const videoId = this.upload.ledger.record.video_id;
    part(this.element, "edit").hidden = false;
    try {
      await follow(videoId, (status) => this.#showStatus(status), this.#gone.signal);
    } catch (error) {
      if (!this.#gone.signal.aborted) this.#panel.complain(sentenceOf(error));
    }
  }

  #showStatus(status) {
    const playableNow = status.playable && !this.status?.playable;
    const changed = status.state !== this.status?.state;
    this.status = status;
    this.#panel.show(this.upload.active ? this.#withUpload(status) : status);
    if (this.upload.state === "accepted") this.#summarise(status);
    if (changed && status.state !== "uploading") this.#say(sentenceFor(status));
    if (playableNow) this.#ask(`/videos/${status.video_id}`, (video) => this.#offerWatching(video));
    this.#tell();
  }

  #summarise(status) {
    const ended = status.state === "published" || status.state === "failed";
    const words = [wordsOf(status.state), ...(ended ? [] : [percent(status.progress)])];
    part(this.element, "short").textContent = words.join(" · ");
    part(this.element, "bar").value = status.progress;
  }

  #offerWatching(video) {
    const watch = part(this.element, "watch");
    watch.href = video.watch_url;
    watch.hidden = !video.watch_url;
    if (!video.poster_url) return;
    this.#preview.drop();
    part(this.element, "poster").src = video.poster_url;
    part(this.element, "poster").hidden = false;
  }

  async #retry() {
    try {
      await call("POST", `/videos/${this.upload.ledger.record.video_id}/retry`, { body: {} });
      this.#panel.clear();
      this.#page.takeFocus();
      this.#follow();
    } catch (error) {
      this.#panel.complain(sentenceOf(error));
    }
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
      text: `${portion(ledger.sent, file.size)} are there already. They are deleted, and so are the details.`,
      act: "Cancel the upload",
      keep: "Keep uploading",
    });
  }
}
