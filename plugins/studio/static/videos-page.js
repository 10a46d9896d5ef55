/** The creator's list: rows follow their video until its state is final; links can be copied. */

import { Announcer } from "studio/announcer.js";
import { call } from "studio/api.js";
import { persist } from "studio/backoff.js";
import { showBadge } from "studio/badge.js";
import { enableCopying } from "studio/copy.js";
import { follow } from "studio/follow.js";
import { percent } from "studio/format.js";
import { part, say } from "studio/markup.js";
import { isWorking, progressOf } from "studio/standing.js";

const list = document.querySelector("[data-library]");
const announcer = new Announcer(document.querySelector("[data-voice]"));

class Row {
  #root;
  #videoId;

  constructor(root) {
    this.#root = root;
    this.#videoId = root.dataset.video;
  }

  async follow() {
    try {
      await follow(this.#videoId, (status) => this.#show(status), new AbortController().signal);
    } catch (error) {
      if (error.status !== 404) throw error;
      this.#root.remove(); // deleted in another tab
    }
  }

  #show(status) {
    const working = isWorking(status);
    showBadge(part(this.#root, "badge"), status.state);
    part(this.#root, "percent").textContent = working ? percent(progressOf(status)) : "";
    part(this.#root, "bar").hidden = !working;
    part(this.#root, "bar").value = progressOf(status);
    say(this.#root, "sentence", status.failure?.sentence ?? "");
    const watch = part(this.#root, "watch");
    if (status.playable && watch.hidden) this.#becomesPlayable(watch);
  }

  async #becomesPlayable(watch) {
    watch.hidden = false;
    announcer.say(this.#videoId, `${this.#root.querySelector("h2").textContent} can be watched.`);
    const video = await persist(() => call("GET", `/videos/${this.#videoId}`));
    if (!video.poster_url) return;
    part(this.#root, "poster").src = video.poster_url;
    part(this.#root, "poster").hidden = false;
  }
}

if (list) {
  enableCopying(list, announcer);
  for (const root of list.children) if ("working" in root.dataset) new Row(root).follow();
}
