/** What an upload does at this moment, in plain words. */

import { sentenceOf } from "studio/failures.js";

const WORDS = {
  queued: "Waits for the one before it",
  starting: "Starting …",
  comparing: "Comparing the file with what was sent before …",
  finishing: "Checking that all is there …",
  failed: "Stopped",
};

/** Return a line such as "Sending · 7 of 12 parts are there"; `now` is the page's clock. */
export function momentOf({ state, ledger, waiting }, now = performance.now()) {
  const { record, arrived } = ledger;
  const parts = record && `${arrived} of ${record.parts} parts are there`;
  const line = (word) => [word, parts].filter(Boolean).join(" · ");
  if (state === "paused") return line("Paused");
  if (waiting?.stops) return line("Waiting");
  if (state !== "uploading") return WORDS[state] ?? "";
  return waiting ? `Part ${waiting.subject} did not get through; ${again(waiting, now)}` : line("Sending");
}

/** Return a sentence about what keeps the whole upload from going on, with what happens next; else "". */
export function obstacleOf({ waiting }, now = performance.now()) {
  if (!waiting?.stops) return "";
  if (waiting.subject === "tab") return "Another tab is sending this file. Should you close that, it goes on here.";
  if (!navigator.onLine) return "You are offline. It goes on by itself when the connection is back.";
  return `${sentenceOf(waiting.error)} It goes on by itself; ${again(waiting, now)}.`;
}

function again({ until }, now) {
  return `trying again in ${Math.max(1, Math.ceil((until - now) / 1000))} s`;
}
