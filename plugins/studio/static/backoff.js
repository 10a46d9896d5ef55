/** Trying again after failures that may pass: exponential delays with jitter, and patience without a network. */

const FIRST_DELAY = 500; // ms
const LONGEST_DELAY = 30_000; // ms
const ATTEMPTS = 8; // about a minute and a half in all

/** Resolve after `ms`, or as soon as the network is back; reject with the signal's reason when it aborts. */
export function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    const settle = (how, value) => {
      clearTimeout(timer);
      stop.abort();
      how(value);
    };
    const timer = setTimeout(() => settle(resolve), ms);
    addEventListener("online", () => settle(resolve), { signal: stop.signal });
    signal?.addEventListener("abort", () => settle(reject, signal.reason), { signal: stop.signal });
    if (signal?.aborted) settle(reject, signal.reason);
  });
}

/**
 * Run `attempt(number)`, from 0, until it succeeds, and return what it returned.
 *
 * Throws at once what has `permanent` set or was caused by the signal, and the last error when all attempts are used.
 * A failure while the browser is offline uses none up: we wait for the network. An error's `retryAfter` (seconds) is
 * respected. `onWait` hears "offline" or "retry" before a wait, and null when it is over.
 */
export async function persist(attempt, { signal, onWait = () => {} } = {}) {
  for (let number = 0, failures = 0; ; number++) {
    try {
      return await attempt(number);
    } catch (error) {
      const offline = !navigator.onLine;
      if (signal?.aborted || error.permanent || (!offline && ++failures >= ATTEMPTS)) throw error;
      onWait(offline ? "offline" : "retry");
      await sleep(offline ? LONGEST_DELAY : delay(failures, error), signal);
      onWait(null);
    }
  }
}

function delay(failures, error) {
  // Jitter spreads the clients of a server that has just come back.
  const backoff = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
  return Math.max(backoff, (error.retryAfter ?? 0) * 1000);
}
