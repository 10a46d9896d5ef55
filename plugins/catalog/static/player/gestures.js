// Pointer on the picture: a click plays or pauses, a double click is full screen; a tap shows the controls, a double
// tap at either side skips ten seconds.

const DOUBLE_TAP_MS = 300;
const SIDE = 0.35;

function tapped(player, event, sinceLast) {
  const box = player.getBoundingClientRect();
  const across = (event.clientX - box.left) / box.width;
  const atSide = across < SIDE || across > 1 - SIDE;
  if (sinceLast < DOUBLE_TAP_MS && atSide) player.skip(across < 0.5 ? -10 : 10);
  else if (player.dataset.state === "new") player.play();
  else if ("idle" in player.dataset) player.wake();
  else player.rest();
}

export function connectGestures(player) {
  const { video } = player;
  let lastTap = 0;
  let pointerType = "mouse";

  video.addEventListener("pointerup", (event) => {
    pointerType = event.pointerType;
    // The click that closes the menu does nothing else.
    if (!player.parts.menu.hidden) return;
    if (event.pointerType === "mouse") {
      if (event.button === 0) player.toggle();
      return;
    }
    tapped(player, event, event.timeStamp - lastTap);
    lastTap = event.timeStamp;
  });
  // Two taps are a dblclick too.
  video.addEventListener("dblclick", () => pointerType === "mouse" && player.toggleFullscreen());
  player.addEventListener("pointermove", (event) => event.pointerType === "mouse" && player.wake());
  player.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && player.rest());
}
