/** One PUT of one part, with progress and a watch for stalls. */

import { Problem } from "studio/api.js";

const STALL = 45_000; // ms without a byte sent or an answer received

/**
 * Send `blob` to a signed link `{url, headers}`; `onProgress` hears the bytes sent so far.
 *
 * Throws a Problem for an error status, which is never permanent when the link may just have expired (403, 404): the
 * next attempt brings a fresh one. Uses XMLHttpRequest because fetch cannot report the progress of a request body.
 */
export function put(blob, link, { signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stall = setStall(() => request.abort());
    const stop = () => request.abort();
    signal.addEventListener("abort", stop, { once: true });
    request.upload.onprogress = (event) => {
      stall.restart();
      onProgress(event.loaded);
    };
    request.onload = () => (request.status < 300 ? resolve() : reject(problemOf(request)));
    request.onerror = () => reject(new TypeError("The connection broke."));
    request.onabort = () => reject(signal.aborted ? signal.reason : new TypeError("The connection stalled."));
    request.onloadend = () => {
      stall.clear();
      signal.removeEventListener("abort", stop);
    };
    request.open("PUT", link.url);
    for (const [name, value] of Object.entries(link.headers ?? {})) request.setRequestHeader(name, value);
    request.send(blob);
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
  const problem = Problem.from(request.status, request.responseText, request.getResponseHeader("retry-after"));
  if ([400, 403, 404].includes(request.status)) problem.permanent = false;
  return problem;
}
