/** The edit page: the processing as it goes on, and the link to copy. */

import { Announcer } from "studio/announcer.js";
import { call } from "studio/api.js";
import { persist } from "studio/backoff.js";
import { enableCopying } from "studio/copy.js";
import { sentenceOf } from "studio/failures.js";
import { follow } from "studio/follow.js";
import { percent } from "studio/format.js";
import { part } from "studio/markup.js";
import { showBadge } from "studio/badge.js";
import { sentenceFor, StatusPanel } from "studio/status-panel.js";

const page = document.querySelector("[data-video]");
const title = document.title;
const announcer = new Announcer(part(page, "voice"));
const panel = new StatusPanel(part(page, "status"));
const videoId = page.dataset.video;
let shown = part(page, "status").dataset.state;

function show(status) {
  panel.show(status);
  showBadge(part(page, "badge"), status.state);
  const working = status.state === "processing" || status.state === "playable";
  document.title = working ? `${percent(status.progress)} · Processing · ${title}` : title;
  if (status.state === shown) return;
  shown = status.state;
  announcer.say("status", sentenceFor(status));
  if (status.playable) showVideo();
}

async function showVideo() {
  const video = await persist(() => call("GET", `/videos/${videoId}`));
  part(page, "link").hidden = false;
  if (!video.poster_url) return;
  part(page, "poster").src = video.poster_url;
  part(page, "poster").hidden = false;
}

function count() {
  const input = page.querySelector("[name=title]");
  part(page, "count").textContent = `${input.value.length} / ${input.maxLength}`;
}

enableCopying(page, announcer);
page.addEventListener("input", count);
part(page, "select").addEventListener("focus", (event) => event.target.select());
count();
if (shown !== "uploading") {
  follow(videoId, show, new AbortController().signal).catch((error) => panel.complain(sentenceOf(error)));
}
