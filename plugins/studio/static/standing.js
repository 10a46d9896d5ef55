/** What the status of a video means: whether something is under way, what to say of it, and what may be done. */

const OVER = new Set(["published", "held"]);
const WORDS = { waiting: "Waiting", done: "Done", failed: "Failed", cancelled: "Stopped" };
const NOTES = {
  uploading: "Begins when the file is complete.",
  processing: "You can close this page; it goes on.",
  playable: "It can be watched already. The rest follows.",
  published: "Ready in every quality.",
  held: "It is ready, and waits for a moderator's approval before others can see it.",
};
const KEEP = "or keep the old version: the new file is deleted then.";

const any = (status, ...states) => status.steps.some((step) => states.includes(step.state));

/** Whether something is done to it now, or will be as soon as there is a worker. */
export function isWorking(status) {
  return status.state !== "uploading" && !any(status, "failed", "cancelled") && any(status, "waiting", "running");
}

/** Whether its owner, or another file, has put an end to its latest processing. */
function isStopped(status) {
  return any(status, "cancelled");
}

/** Whether its latest processing came to no good end, so that a person has to say how to go on. */
export function isUndecided(status) {
  return Boolean(status.failure) || isStopped(status);
}

/** Whether nothing will change any more unless a person acts. */
export function isFinal(status) {
  if (status.state === "failed" || status.state === "cancelled") return true;
  return OVER.has(status.state) && !isWorking(status);
}

/** How far the work is, from 0 to 1. A video that is made anew counts as complete: there the longest step tells. */
export function progressOf(status) {
  return isWorking(status) && status.progress === 1 ? status.steps.at(-1).progress : status.progress;
}

/** Return what the state means for the creator, as `status_note` in studio/parts.html does. */
export function noteFor(status) {
  if (status.failure) return noteOfFailure(status);
  if (status.state === "uploading") return NOTES.uploading;
  const kept = status.playable ? "What can be watched stays" : "The file is kept";
  if (isStopped(status)) return `It was stopped. ${kept}; try again at any time${status.replacement ? `, ${KEEP}` : "."}`;
  if (status.waits_for) return `${status.waits_for.sentence} ${status.waits_for.advice}`;
  if (OVER.has(status.state) && isWorking(status)) return "The version before plays until the new one is ready.";
  return NOTES[status.state] ?? "";
}

function noteOfFailure({ playable, replacement }) {
  if (!playable) return "";
  const plays = "It can still be watched as it was.";
  return replacement ? `${plays} Try again, replace the file once more, ${KEEP}` : plays;
}

/** Return the state of a video in one sentence, for those who listen. */
export function sentenceFor(status) {
  return status.failure ? `Failed. ${status.failure.sentence}` : noteFor(status);
}

/** Return what a step says of itself, "43%" or "Waiting"; `percent` writes a fraction. */
export function wordOf(step, percent) {
  return step.state === "running" ? percent(step.progress) : WORDS[step.state];
}
