// The settings menu: quality, audio, captions and speed as plain radio groups, which bring their keyboard behaviour.

import { languageName, levelName } from "catalog/player/format.js";

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

/** Fill a group with `options`, [value, text] each, and call `pick(value)` when one is chosen. */
function fill(player, name, options, value, pick) {
  const group = player.parts[name];
  const section = group.closest("details");
  const chosen = options.find(([key]) => key === value);
  section.querySelector("output").textContent = chosen ? chosen[1] : "";
  // Replacing the radio that has the focus would throw the focus away.
  if (group.contains(document.activeElement)) return;
  group.replaceChildren(
    ...options.map(([key, text]) => {
      const label = document.createElement("label");
      const input = document.createElement("input");
      input.type = "radio";
      input.name = `${player.parts.menu.id}-${name}`;
      input.value = key;
      input.checked = key === value;
      input.addEventListener("change", () => pick(key));
      label.append(input, ` ${text}`);
      return label;
    }),
  );
}

function fillQuality(player) {
  const { engine, words } = player;
  const section = player.parts.quality.closest("details");
  section.hidden = engine.levels.length === 0;
  const showing = engine.chosenLevel < 0 && engine.currentQuality;
  const auto = ["-1", showing ? `${words.auto} · ${engine.currentQuality}` : words.auto];
  const levels = engine.levels.map((level, index) => [String(index), levelName(level)]).reverse();
  fill(player, "quality", [auto, ...levels], String(engine.chosenLevel), (index) => {
    engine.chooseLevel(Number(index));
    fillQuality(player);
  });
}

/** The sounds by their languages' names, numbered where two would read the same. */
function soundNames(sounds) {
  const names = sounds.map((sound) => languageName(sound.lang) || sound.name);
  return names.map((name, index) => {
    const before = names.slice(0, index).filter((other) => other === name).length;
    return before ? `${name} ${before + 1}` : name;
  });
}

function fillAudio(player) {
  const { engine, parts } = player;
  const names = soundNames(engine.sounds);
  parts.audio.closest("details").hidden = names.length < 2;
  const options = engine.sounds.map((sound, index) => [String(sound.id), names[index]]);
  fill(player, "audio", options, String(engine.chosenSound), (id) => engine.chooseSound(Number(id)));
}

function fillSpeed(player) {
  const options = RATES.map((rate) => [String(rate), rate === 1 ? player.words.normal : `${rate}×`]);
  fill(player, "speed", options, String(player.video.playbackRate), (rate) => player.setRate(Number(rate)));
}

function fillCaptions(player) {
  const { captionTrack, captionTracks, parts, words } = player;
  parts.captions.closest("details").hidden = captionTracks.length === 0;
  const options = [["", words.off], ...captionTracks.map((track) => [track.language, track.label])];
  fill(player, "captions", options, captionTrack?.language ?? "", (language) => player.chooseCaptions(language));
}

export function connectMenus(player) {
  const { menu } = player.parts;
  const button = player.querySelector('[data-act="menu"]');

  player.toggleMenu = (open = menu.hidden) => {
    if (!open && menu.contains(document.activeElement)) button.focus();
    menu.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) menu.querySelector("details:not([hidden]) > summary").focus();
    player.wake();
  };

  document.addEventListener("click", (event) => {
    const inside = menu.contains(event.target) || button.contains(event.target);
    if (!menu.hidden && !inside) player.toggleMenu(false);
  });
  player.addEventListener("mutoscope:levels", () => fillQuality(player));
  player.addEventListener("mutoscope:sounds", () => fillAudio(player));
  player.addEventListener("mutoscope:captions", () => fillCaptions(player));
  player.video.addEventListener("ratechange", () => fillSpeed(player));
  fillQuality(player);
  fillAudio(player);
  fillSpeed(player);
  fillCaptions(player);
}
