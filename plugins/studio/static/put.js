/** One PUT of one part, with progress and a watch for stalls. */

import { Problem, Unreachable } from "studio/failures.js";

const STALL = 45_000; // ms without a byte sent or an answer received
const EXPIRED = 403; // also what a bucket says of a link whose time is over
// The bytes were damaged on the way (400); somebody else sends or has sent them (409), or ended the upload (404, 409):
// those who send look at the ledger before they try again.
const DOUBTFUL = new Set([400, EXPIRED, 404, 409]);

/**
 * Send `body` to a signed link `{url, headers}`; `onProgress` hears the bytes sent so far. Throws a Problem, for an
 * error status, and Unreachable.
 *
 * Uses XMLHttpRequest because fetch cannot report the progress of a request body.
 */
export function put(body, link, { signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stall = setStall(() => request.abort());
    const stop = () => request.abort();
    const unreachable = new Unreachable(new URL(link.url, location.href).host);
    signal.addEventListener("abort", stop, { once: true });
    request.upload.onprogress = (event) => {
      stall.restart();
      onProgress(event.loaded);
    };
    request.onload = () => (request.status < 300 ? resolve() : reject(problemOf(request)));
    request.onerror = () => reject(unreachable);
    request.onabort = () => reject(signal.aborted ? signal.reason : unreachable);
    request.onloadend = () => {
      stall.clear();
      signal.removeEventListener("abort", stop);
    };
    request.open("PUT", link.url);
    for (const [name, value] of Object.entries(link.headers)) request.setRequestHeader(name, value);
    request.send(body);
  });
}

function setStall(onStall) {
  let timer = setTimeout(onStall, STALL);
  return {
    restart() {
      clearTimeout(timer);
      timer = setTimeout(onStall, STALL);
    },
    clear: () => clearTimeout(timer),
  };
}

function problemOf(request) {
  const { status } = request;
  const problem = Problem.from(status, request.responseText, request.getResponseHeader("retry-after"));
  if (DOUBTFUL.has(status)) problem.permanent = false;
  problem.renewable = status === EXPIRED;
  return problem;
}
