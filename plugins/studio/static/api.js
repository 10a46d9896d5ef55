/** Calls of the JSON API; what goes wrong is a Problem or Unreachable. */

import { Problem, Unreachable } from "studio/failures.js";

const ROOT = "/api/v1";

/** Return the JSON answer of one call, null for 204; throws a Problem, or Unreachable when no answer comes. */
export async function call(method, path, { body, signal } = {}) {
  const headers = { accept: "application/json", ...(body && { "content-type": "application/json" }) };
  const [response, text] = await answerTo(ROOT + path, { method, signal, headers, body: body && JSON.stringify(body) });
  if (!response.ok) throw Problem.from(response.status, text, response.headers.get("retry-after"));
  return text ? JSON.parse(text) : null;
}

async function answerTo(address, options) {
  try {
    const response = await fetch(address, options);
    return [response, await response.text()]; // the connection may break in the middle of the body too
  } catch (error) {
    if (error instanceof TypeError) throw new Unreachable(location.host);
    throw error;
  }
}
