// Captions: we draw the cues ourselves, so that the controls never lie over them.

import { preference, remember } from "catalog/player/preferences.js";

function draw(player) {
  const cues = [...(player.captionTrack?.activeCues ?? [])];
  const lines = cues.map((cue) => {
    const line = document.createElement("span");
    line.append(cue.getCueAsHTML());
    return line;
  });
  player.parts.cues.replaceChildren(...lines);
}

function select(player, language) {
  const { captionTrack, captionTracks } = player;
  if (captionTrack) {
    captionTrack.mode = "disabled";
    captionTrack.oncuechange = null;
  }
  player.captionTrack = captionTracks.find((track) => track.language === language) ?? null;
  if (player.captionTrack) {
    // "hidden" loads the cues and reports them, but leaves the drawing to us.
    player.captionTrack.mode = "hidden";
    player.captionTrack.oncuechange = () => draw(player);
  }
  draw(player);
  player.notify("captions");
}

export function connectCaptions(player) {
  const tracks = [...player.video.textTracks].filter((track) => ["subtitles", "captions"].includes(track.kind));
  player.captionTracks = tracks;
  player.captionTrack = null;

  player.chooseCaptions = (language) => {
    select(player, language);
    remember("captions", language);
    if (language) remember("language", language);
  };
  player.toggleCaptions = () => {
    if (!tracks.length) return;
    const last = preference("language", "");
    const next = tracks.find((track) => track.language === last) ?? tracks[0];
    player.chooseCaptions(player.captionTrack ? "" : next.language);
  };

  for (const track of tracks) track.mode = "disabled";
  for (const button of player.querySelectorAll('[data-act="captions"]')) button.hidden = !tracks.length;
  select(player, preference("captions", ""));
}
