/** The badge that says the state of a video in two words, as `state_badge` in studio/parts.html does. */

const BADGES = {
  uploading: ["warn", "Upload unfinished"],
  processing: ["", "Processing"],
  playable: ["ok", "Playable"],
  published: ["ok", "Ready"],
  held: ["warn", "In review"],
  failed: ["danger", "Failed"],
  cancelled: ["warn", "Stopped"],
};

/** Return the state in two words. */
export function wordsOf(state) {
  return BADGES[state][1];
}

export function showBadge(element, state) {
  const [kind, text] = BADGES[state];
  element.className = kind ? `badge badge--${kind}` : "badge";
  if (element.textContent !== text) element.textContent = text;
}
