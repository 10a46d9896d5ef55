// Keys. The list for people is in the help sheet of the template; "?" opens it, and it can switch the keys off.

import { preference, remember } from "catalog/player/preferences.js";

const RATE_STEP = 0.25;
const VOLUME_STEP = 0.05;

function changeVolume(player, step) {
  player.setVolume(Math.round((player.video.volume + step) * 20) / 20);
  player.flash(`${Math.round(player.video.volume * 100)}%`);
}

function changeRate(player, step) {
  player.setRate(Math.min(2, Math.max(0.25, player.video.playbackRate + step)));
  player.flash(`${player.video.playbackRate}×`);
}

/** Keys that work wherever the focus is, except where one types. */
function pageKeys(player) {
  const { video } = player;
  const keys = {
    " ": () => player.toggle(),
    k: () => player.toggle(),
    j: () => player.skip(-10),
    l: () => player.skip(10),
    ArrowLeft: () => player.skip(-5),
    ArrowRight: () => player.skip(5),
    m: () => (video.muted = !video.muted),
    c: () => player.toggleCaptions(),
    f: () => player.toggleFullscreen(),
    t: () => player.toggleTheatre(),
    i: () => player.togglePictureInPicture(),
    "<": () => changeRate(player, -RATE_STEP),
    ">": () => changeRate(player, RATE_STEP),
    "?": () => player.toggleHelp(),
  };
  for (let digit = 0; digit <= 9; digit++) keys[digit] = () => player.seek((player.duration * digit) / 10);
  return keys;
}

/** Keys that scroll the page, and are ours only while the focus is in the player. */
function playerKeys(player) {
  return {
    ArrowUp: () => changeVolume(player, VOLUME_STEP),
    ArrowDown: () => changeVolume(player, -VOLUME_STEP),
    Home: () => player.seek(0),
    End: () => player.seek(player.duration),
  };
}

/** Does the focused element want this key itself? */
function isTaken(event, player) {
  const { target, key } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  if (target.closest("dialog, [data-part=menu], select, textarea, [contenteditable]")) return true;
  if (target.matches("input:not([type=range])")) return true;
  if (target === player.parts.volume && key.startsWith("Arrow")) return true;
  return target.matches("button, summary, a[href]") && (key === " " || key === "Enter");
}

function connectHelp(player) {
  const { help, shortcuts } = player.parts;
  player.toggleHelp = () => {
    if (help.open) help.close();
    else help.showModal();
  };
  shortcuts.checked = preference("shortcuts", true);
  shortcuts.addEventListener("change", () => remember("shortcuts", shortcuts.checked));
}

export function connectKeyboard(player) {
  const everywhere = pageKeys(player);
  const inside = playerKeys(player);
  connectHelp(player);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !player.parts.menu.hidden) {
      player.toggleMenu(false);
      return;
    }
    const within = player.contains(event.target);
    if (isTaken(event, player) || (!within && !player.parts.shortcuts.checked)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = everywhere[key] ?? (within ? inside[key] : undefined);
    if (!action) return;
    event.preventDefault();
    action();
    player.wake();
  });
}
