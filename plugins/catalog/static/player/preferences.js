// What the player remembers in this browser: volume, muted, rate, quality, audio, captions, theatre, shortcuts.

const KEY = "mutoscope.player";

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    // Storage is blocked, or somebody else wrote there: play with the defaults.
    return {};
  }
}

export function preference(name, fallback) {
  return read()[name] ?? fallback;
}

export function remember(name, value) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...read(), [name]: value }));
  } catch {
    // Blocked or full: the choice holds until the page is left.
  }
}
