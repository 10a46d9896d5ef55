/** Trying again after failures that may pass: exponential delays with jitter, and patience without a network. */

import { Problem, Unreachable } from "studio/failures.js";

const FIRST_DELAY = 500; // ms
const LONGEST_DELAY = 30_000; // ms
const ATTEMPTS = 8; // about a minute and a half in all
const BRIEF = 10; // seconds of Retry-After that are sat out in silence

// Tells those who wait for the network that somebody has come through.
const network = new EventTarget();
addEventListener("online", () => network.dispatchEvent(new Event("back")));

/** Resolve after `ms`, or at `sooner`'s event "back"; reject with the signal's reason when it aborts. */
export function sleep(ms, signal, sooner = null) {
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    const settle = (how, value) => {
      clearTimeout(timer);
      stop.abort();
      how(value);
    };
    const timer = setTimeout(() => settle(resolve), ms);
    sooner?.addEventListener("back", () => settle(resolve), { signal: stop.signal });
    signal?.addEventListener("abort", () => settle(reject, signal.reason), { signal: stop.signal });
    if (signal?.aborted) settle(reject, signal.reason);
  });
}

/**
 * Run `attempt(number)`, from 0, until it succeeds, and return what it returned.
 *
 * Throws at once what is no Problem or Unreachable, what has `permanent` set, and what asks for more than `longest`
 * seconds of patience; and the last error when all attempts are used. An error that is `away` uses none up, so that an
 * upload outlives an hour without a network or a server. One that is `renewable` is tried again without a delay, once
 * in a row. `onWait` hears {error, until} before a wait (`until` in ms of the page's clock), and null when it is over.
 */
export async function persist(attempt, { signal, onWait = () => {}, longest = BRIEF } = {}) {
  const counts = { failures: 0, away: 0, renewals: 0 };
  for (let number = 0; ; number++) {
    try {
      const result = await attempt(number);
      network.dispatchEvent(new Event("back"));
      return result;
    } catch (error) {
      if (signal?.aborted || !mayPass(error, longest)) throw error;
      const ms = delayAfter(error, counts);
      if (counts.failures >= ATTEMPTS) throw error;
      if (ms === 0) continue;
      onWait({ error, until: performance.now() + ms });
      await sleep(ms, signal, error instanceof Unreachable ? network : null);
      onWait(null);
    }
  }
}

function mayPass(error, longest) {
  const foreseen = error instanceof Problem || error instanceof Unreachable;
  return foreseen && !error.permanent && (error.retryAfter ?? 0) <= longest;
}

/** Count the error, and return the ms to wait for. */
function delayAfter(error, counts) {
  if (error.renewable && counts.renewals++ === 0) return 0;
  if (!error.renewable) counts.renewals = 0;
  const row = error.away ? ++counts.away : ++counts.failures;
  // Jitter spreads the clients of a server that has just come back.
  const backoff = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (row - 1)) * (0.75 + Math.random() / 2);
  return Math.max(backoff, (error.retryAfter ?? 0) * 1000);
}
