// The storyboard: the picture at the place under the pointer, above the seek bar. It is asked for at the first look.

const CUE = /^([\d:.]+) --> [\d:.]+\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm;

function secondsOf(timestamp) {
  return timestamp.split(":").reduce((total, part) => total * 60 + Number(part), 0);
}

/** Read a thumbnail track: WebVTT whose cues are images with a spatial media fragment each. */
function parse(text) {
  return [...text.matchAll(CUE)].map(([, start, sheet, x, y, width, height]) => ({
    start: secondsOf(start),
    sheet,
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
  }));
}

async function load(url) {
  const response = await fetch(url).catch(() => null);
  return response?.ok ? parse(await response.text()) : [];
}

function show({ seek, still }, { sheet, x, y, width, height }) {
  still.hidden = false;
  // At either end it keeps half its width from there.
  seek.style.setProperty("--half", `${width / 2}px`);
  Object.assign(still.style, {
    width: `${width}px`,
    height: `${height}px`,
    backgroundImage: `url(${JSON.stringify(sheet)})`,
    backgroundPosition: `-${x}px -${y}px`,
  });
}

/** Let `player.peekAt(seconds)` show the picture at a time; where there is no storyboard it does nothing. */
export function connectStoryboard(player) {
  const url = player.dataset.storyboard;
  let pictures = null;
  let wanted = 0;

  player.peekAt = async (seconds) => {
    wanted = seconds;
    if (!url) return;
    pictures ??= load(url);
    const picture = (await pictures).findLast(({ start }) => start <= wanted);
    if (picture) show(player.parts, picture);
  };
}
