/** Calls of the JSON API; what goes wrong becomes a Problem whose message is a sentence to show. */

const ROOT = "/api/v1";
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
const LONGEST_WAIT = 10; // seconds of Retry-After that we sit out in silence

// For answers that are no problem document of ours: a proxy's error page, a bucket's XML.
const SENTENCES = {
  401: "You are no longer signed in. Sign in in another tab, then try again.",
  413: "The server does not take a request of this size.",
  429: "These are too many requests in a short time. Wait a minute, then try again.",
  507: "The server has no space left. Your upload is kept; try again later.",
};

/** An answer with an error status. `permanent` tells that asking again in a moment would change nothing. */
export class Problem extends Error {
  constructor(status, { code = "", detail = "", errors = {} } = {}, retryAfter = 0) {
    super(detail || SENTENCES[status] || `The server answered with error ${status}.`);
    Object.assign(this, { status, code, errors, retryAfter });
    // A 409 that says when to come back means that another request holds the part for a moment.
    const passing = PASSING.has(status) || (status === 409 && retryAfter > 0);
    this.permanent = !passing || retryAfter > LONGEST_WAIT;
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

/** Return the JSON answer of one call, null for 204; throws a Problem, or a TypeError when the site is out of reach. */
export async function call(method, path, { body, signal } = {}) {
  const headers = { accept: "application/json", ...(body && { "content-type": "application/json" }) };
  const response = await fetch(ROOT + path, { method, signal, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw Problem.from(response.status, text, response.headers.get("retry-after"));
  return text ? JSON.parse(text) : null;
}

const UNREACHABLE = "The site cannot be reached. Check your connection, then try again.";

/** Return what to tell a person about any error of a call or a transfer. */
export function sentenceOf(error) {
  return error instanceof Problem ? error.message : UNREACHABLE;
}
