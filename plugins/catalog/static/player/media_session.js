// The keys and lock screens of the system drive the player too.

export function connectMediaSession(player) {
  if (!("mediaSession" in navigator)) return;
  const { video } = player;
  const handlers = {
    play: () => player.play(),
    pause: () => video.pause(),
    seekbackward: () => player.skip(-10),
    seekforward: () => player.skip(10),
    seekto: ({ seekTime }) => player.seek(seekTime),
  };
  for (const [action, handler] of Object.entries(handlers)) navigator.mediaSession.setActionHandler(action, handler);

  const { mediaTitle: title, mediaArtist: artist } = player.dataset;
  const artwork = video.poster ? [{ src: video.poster }] : [];
  video.addEventListener("play", () => {
    navigator.mediaSession.metadata = new MediaMetadata({ title, artist, artwork });
  });
}
