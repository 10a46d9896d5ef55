/** A video's status as it changes: pushed by the server where possible, asked for where not. */

import { call } from "studio/api.js";
import { persist, sleep } from "studio/backoff.js";
import { isFinal } from "studio/standing.js";

const MOST_STREAMS = 1; // an open stream holds one of the six connections to a host; parts take up to four
const POLL = 4000; // ms
const PATIENCE = 3; // broken connections in a row before we ask instead

let streams = 0;

/**
 * Hand every status of the video to `onStatus` until it is final or `signal` aborts; throws a Problem when the video
 * is gone.
 */
export async function follow(videoId, onStatus, signal) {
  for (let status = null; !status || !isFinal(status); ) {
    const pushed = !document.hidden && streams < MOST_STREAMS;
    if (pushed) status = (await listen(videoId, onStatus, signal)) ?? status;
    if (status && isFinal(status)) return;
    status = await persist(() => call("GET", `/videos/${videoId}/status`, { signal }), { signal });
    onStatus(status);
    if (!isFinal(status)) await sleep(POLL, signal);
  }
}

/** Resolve to the last status when it is final, the tab is hidden, or the stream is of no use. */
async function listen(videoId, onStatus, signal) {
  const source = new EventSource(`/api/v1/videos/${videoId}/events`);
  const stop = new AbortController();
  let last = null;
  let failures = 0;
  streams++;
  await new Promise((resolve, reject) => {
    source.addEventListener("status", (event) => {
      failures = 0;
      last = JSON.parse(event.data);
      onStatus(last);
      if (isFinal(last)) resolve();
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED || ++failures >= PATIENCE) resolve();
    });
    document.addEventListener("visibilitychange", resolve, { signal: stop.signal });
    signal.addEventListener("abort", () => reject(signal.reason), { signal: stop.signal });
  }).finally(() => {
    source.close();
    stop.abort();
    streams--;
  });
  return last;
}
