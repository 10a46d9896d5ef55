// The seek bar: what was played, what is buffered, what is there at all, and the place under the pointer.

import { formatTime } from "catalog/player/format.js";

/** The end of the buffered range around the current position, in seconds. */
function bufferedEnd(video) {
  for (let i = 0; i < video.buffered.length; i++) {
    const started = video.buffered.start(i) <= video.currentTime + 0.5;
    if (started && video.buffered.end(i) >= video.currentTime) return video.buffered.end(i);
  }
  return 0;
}

function reflect(player) {
  const { video, parts, duration } = player;
  parts.now.textContent = formatTime(video.currentTime);
  parts.total.textContent = formatTime(duration);
  if (!duration) return;
  parts.range.max = duration;
  if (!("drag" in parts.seek.dataset)) {
    parts.range.value = video.currentTime;
    parts.seek.style.setProperty("--played", video.currentTime / duration);
  }
  parts.seek.style.setProperty("--buffered", bufferedEnd(video) / duration);
  parts.seek.style.setProperty("--there", player.isGrowing ? player.there / duration : 1);
  const spoken = `${formatTime(video.currentTime)} ${player.words.of} ${formatTime(duration)}`;
  parts.range.setAttribute("aria-valuetext", spoken);
}

function peek(player, fraction) {
  const { parts } = player;
  parts.seek.style.setProperty("--peek", fraction);
  const seconds = fraction * parts.range.max;
  parts.when.textContent = formatTime(seconds);
  player.peekAt(seconds);
}

export function connectTimeline(player) {
  const { video, parts } = player;
  for (const type of ["timeupdate", "progress", "durationchange", "seeking"]) {
    video.addEventListener(type, () => reflect(player));
  }
  parts.seek.addEventListener("pointermove", (event) => {
    const box = parts.seek.getBoundingClientRect();
    peek(player, Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  });
  parts.range.addEventListener("pointerdown", () => (parts.seek.dataset.drag = ""));
  parts.range.addEventListener("input", () => {
    const fraction = parts.range.value / parts.range.max;
    parts.seek.style.setProperty("--played", fraction);
    peek(player, fraction);
  });
  parts.range.addEventListener("change", () => {
    delete parts.seek.dataset.drag;
    player.seek(Number(parts.range.value));
    reflect(player);
  });
  for (const type of ["pointerup", "pointercancel"]) {
    parts.range.addEventListener(type, () => delete parts.seek.dataset.drag);
  }
  reflect(player);
}
