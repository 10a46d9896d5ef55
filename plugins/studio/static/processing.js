/** What is done to one uploaded file, on its part of the upload page: followed, stopped, tried again, offered to watch. */

import { call } from "studio/api.js";
import { persist } from "studio/backoff.js";
import { wordsOf } from "studio/badge.js";
import { sentenceOf } from "studio/failures.js";
import { follow } from "studio/follow.js";
import { percent } from "studio/format.js";
import { part } from "studio/markup.js";
import { isFinal, isWorking, progressOf, sentenceFor } from "studio/standing.js";
import { StatusPanel } from "studio/status-panel.js";

/** Events: `change`, when there is another status; `poster`, when the site has a picture of the video. */
export class Processing extends EventTarget {
  /** The last known status, or null. */
  status = null;
  #element;
  #upload;
  #replaces;
  #say;
  #panel;
  #signal;
  #offered = false;

  /** `replaces` tells that the video can be watched before; `say` speaks to listeners; `signal` ends everything. */
  constructor(element, upload, { replaces, say, signal }) {
    super();
    this.#element = element;
    this.#upload = upload;
    this.#replaces = replaces;
    this.#say = say;
    this.#signal = signal;
    this.#panel = new StatusPanel(part(element, "status"));
    part(element, "retry").addEventListener("click", () => this.#act("retry"));
    part(element, "stop").addEventListener("click", () => this.#act("cancel"));
    part(element, "keep").addEventListener("click", () => this.#act("keep"));
  }

  /** Show what will be done, once the server knows of the file. */
  introduce(videoId) {
    this.ask(`/videos/${videoId}/status`, (status) => this.#accepted || this.#show(status));
  }

  /** Show how far the file is. */
  progress() {
    if (this.status && !this.#accepted) this.#panel.show(this.#shown(this.status));
  }

  /** Show the status as it changes, until it is final. */
  async follow() {
    try {
      await follow(this.#videoId, (status) => this.#show(status), this.#signal);
    } catch (error) {
      if (!this.#signal.aborted) this.#panel.complain(sentenceOf(error));
    }
  }

  /** Hand what the API answers to `use`, unless the item is gone by then; a lasting error is shown. */
  async ask(path, use) {
    const signal = this.#signal;
    try {
      use(await persist(() => call("GET", path, { signal }), { signal }));
    } catch (error) {
      if (!signal.aborted) this.#panel.complain(sentenceOf(error));
    }
  }

  get #accepted() {
    return this.#upload.state === "accepted";
  }

  get #videoId() {
    return this.#upload.ledger.record.video_id;
  }

  /** The server cannot know how far the parts on their way are, and knows what was done to a file before; we show this. */
  #shown(status) {
    if (this.#accepted) return status;
    const { ledger, file } = this.#upload;
    const steps = status.steps.map((step) => {
      if (step.name === "upload") return { ...step, state: "running", progress: ledger.sent / file.size };
      return { ...step, state: "waiting", progress: 0, seconds_left: null };
    });
    return { ...status, state: "uploading", playable: false, failure: null, steps };
  }

  #show(status) {
    const news = !this.status || sentenceFor(status) !== sentenceFor(this.status);
    this.status = status;
    this.#panel.show(this.#shown(status));
    if (this.#accepted) this.#summarise(status);
    if (this.#accepted && news) this.#say(sentenceFor(status));
    if (this.#accepted && !this.#offered && this.#watchable(status)) {
      this.#offered = true;
      this.ask(`/videos/${status.video_id}`, (video) => this.#offerWatching(video));
    }
    this.dispatchEvent(new Event("change"));
  }

  #watchable(status) {
    return status.playable && (!this.#replaces || (status.state === "published" && isFinal(status)));
  }

  #summarise(status) {
    const working = isWorking(status);
    const words = working ? [wordsOf("processing"), percent(progressOf(status))] : [wordsOf(status.state)];
    part(this.#element, "short").textContent = words.join(" · ");
    part(this.#element, "bar").value = progressOf(status);
  }

  #offerWatching(video) {
    const watch = part(this.#element, "watch");
    watch.href = video.watch_url;
    watch.hidden = !video.watch_url;
    if (!video.poster_url) return;
    this.dispatchEvent(new Event("poster"));
    part(this.#element, "poster").src = video.poster_url;
    part(this.#element, "poster").hidden = false;
  }

  /** `act` is "retry", "cancel" or "keep". What follows from it is heard of where the video is followed. */
  async #act(act) {
    const followed = this.status && !isFinal(this.status);
    try {
      const status = await call("POST", `/videos/${this.#videoId}/${act}`, { body: {} });
      this.#panel.clear();
      this.#show(status);
      if (!followed) this.follow();
    } catch (error) {
      this.#panel.complain(sentenceOf(error));
    }
  }
}
