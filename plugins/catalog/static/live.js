// Follows a video that is still processed: opens the page anew when it can be played, and hands the player the complete
// set of renditions when that is ready.

const POLL_MS = 10_000;

async function ask(url) {
  const response = await fetch(url).catch(() => null);
  return response?.ok ? response.json() : null;
}

/** Before there is anything to play: the state is pushed, because somebody is waiting for it. */
function waitUntilPlayable(panel) {
  const bar = panel.querySelector("progress");
  const source = new EventSource(panel.dataset.events);
  source.addEventListener("status", (event) => {
    const { playable, state, progress } = JSON.parse(event.data);
    if (bar) bar.value = progress;
    if (!playable && state !== "failed" && state !== "cancelled") return;
    source.close();
    location.reload();
  });
}

/** While it plays in its first quality there is no hurry, and perhaps many viewers: the state is asked for. */
async function waitUntilComplete(note, player) {
  const status = await ask(note.dataset.status);
  if (status?.failure || status?.state === "cancelled") {
    note.hidden = true;
    return;
  }
  if (status?.state !== "published") {
    setTimeout(() => waitUntilComplete(note, player), POLL_MS);
    return;
  }
  const video = await ask(note.dataset.video);
  if (!video?.hls_url) return;
  await player.replaceSource(video.hls_url);
  note.querySelector("span").textContent = note.dataset.done;
}

const panel = document.querySelector("[data-live=waiting][data-events]");
const note = document.querySelector("[data-live=playable]");
if (panel) waitUntilPlayable(panel);
if (note) waitUntilComplete(note, document.querySelector("mutoscope-player"));
