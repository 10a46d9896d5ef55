// The buttons: [data-act] does something, aria-pressed and the label say how things stand.

import { preference } from "catalog/player/preferences.js";

/** What each data-act does. Menus and the help sheet register theirs in menus.js and keyboard.js. */
function actions(player) {
  const { video } = player;
  return {
    play: () => player.toggle(),
    mute: () => (video.muted = !video.muted),
    captions: () => player.toggleCaptions(),
    fullscreen: () => player.toggleFullscreen(),
    pip: () => player.togglePictureInPicture(),
    theatre: () => player.toggleTheatre(),
    menu: () => player.toggleMenu(),
    help: () => player.toggleHelp(),
    retry: () => player.retry(),
  };
}

function show(player, act, on) {
  for (const button of player.querySelectorAll(`[data-act="${act}"]`)) {
    const label = on ? button.dataset.labelOn : button.dataset.labelOff;
    button.toggleAttribute("data-on", on);
    button.setAttribute("aria-label", label);
    button.title = button.dataset.key ? `${label} (${button.dataset.key})` : label;
  }
}

function reflect(player) {
  const { video, parts } = player;
  const silent = video.muted || video.volume === 0;
  show(player, "play", !video.paused);
  show(player, "mute", silent);
  show(player, "captions", Boolean(player.captionTrack));
  show(player, "fullscreen", document.fullscreenElement === player);
  show(player, "theatre", document.documentElement.hasAttribute("data-theatre"));
  parts.volume.value = silent ? 0 : video.volume;
  parts.volume.setAttribute("aria-valuetext", `${Math.round(parts.volume.value * 100)}%`);
  parts.volume.parentElement.style.setProperty("--volume", parts.volume.value);
}

export function connectControls(player) {
  const { video, parts } = player;
  const act = actions(player);
  const update = () => reflect(player);

  player.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) act[button.dataset.act]();
  });
  player.addEventListener("focusin", () => player.wake());
  parts.volume.addEventListener("input", () => player.setVolume(Number(parts.volume.value)));
  for (const type of ["play", "pause", "ended", "volumechange"]) video.addEventListener(type, update);
  for (const type of ["mutoscope:captions", "mutoscope:theatre"]) player.addEventListener(type, update);
  document.addEventListener("fullscreenchange", update);

  const canShowOverPages = document.pictureInPictureEnabled && "requestPictureInPicture" in video;
  for (const button of player.querySelectorAll('[data-act="pip"]')) button.hidden = !canShowOverPages;
  if (preference("theatre", false)) player.toggleTheatre(true);
  update();
}
