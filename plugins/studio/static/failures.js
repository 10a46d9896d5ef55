/** What can go wrong between this page, the site and its storage, each as a sentence to show. */

const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
const AWAY = new Set([429, 502, 503, 504]);

// For answers that are no problem document of ours: a proxy's error page, a bucket's XML.
const SENTENCES = {
  401: "You are no longer signed in. Sign in in another tab, then try again.",
  413: "The server does not take a request of this size.",
  429: "These are too many requests in a short time. Wait a minute, then try again.",
  507: "The server has no space left. Your upload is kept; try again later.",
};

/**
 * An answer with an error status. `permanent` tells that asking again would change nothing; `away`, that nobody but
 * time can mend it; `retryAfter` is how many seconds the server wants to be left alone.
 */
export class Problem extends Error {
  constructor(status, { code = "", detail = "", errors = {} } = {}, retryAfter = 0) {
    super(detail || SENTENCES[status] || `The server answered with error ${status}.`);
    // A 409 that says when to come back means that another request holds the part for a while.
    const held = status === 409 && retryAfter > 0;
    Object.assign(this, { status, code, errors, retryAfter, away: held || AWAY.has(status) });
    this.permanent = !held && !PASSING.has(status);
  }

  /** Read a problem from an error status, a body that may be a problem document, and the Retry-After header. */
  static from(status, text, retryAfter) {
    return new Problem(status, parse(text), Number(retryAfter) || 0);
  }
}

function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** No answer came: the network, the site or its storage is down, or one of them does not let this page through. */
export class Unreachable extends Error {
  away = true;

  /** `host` is who did not answer. */
  constructor(host) {
    super(`${host === location.host ? "The site" : `The storage of this site, ${host},`} cannot be reached.`);
  }
}

/** The browser can no longer read the file: it was changed, moved or deleted, or its disk was taken out. */
export class Unreadable extends Error {
  permanent = true;

  constructor(file) {
    super(`${file.name} cannot be read any more: it was changed or moved. Cancel, and choose the file again.`);
  }
}

/** Return what to tell a person about any error of a call or a transfer. */
export function sentenceOf(error) {
  const told = [Problem, Unreachable, Unreadable].some((kind) => error instanceof kind);
  return told ? error.message : "Something went wrong on this page. Reload it; what was sent is kept.";
}
