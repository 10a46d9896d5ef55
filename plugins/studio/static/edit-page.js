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
import { isWorking, progressOf, sentenceFor } from "studio/standing.js";
import { StatusPanel } from "studio/status-panel.js";

const page = document.querySelector("[data-video]");
const title = document.title;
const announcer = new Announcer(part(page, "voice"));
const panel = new StatusPanel(part(page, "status"));
const videoId = page.dataset.video;
const { state } = part(page, "status").dataset;
let said = null;

function show(status) {
  panel.show(status);
  showBadge(part(page, "badge"), status.state);
  document.title = isWorking(status) ? `${percent(progressOf(status))} · Processing · ${title}` : title;
  const sentence = sentenceFor(status);
  if (sentence === said) return;
  if (said !== null || status.state !== state) announcer.say("status", sentence);
  if (status.playable && (said !== null || status.state !== state)) showVideo();
  said = sentence;
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
if (state !== "uploading") {
  follow(videoId, show, new AbortController().signal).catch((error) => panel.complain(sentenceOf(error)));
}
