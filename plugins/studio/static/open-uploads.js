/** The uploads of this user that the server has open: begin one, find one, list and forget them. */

import { call } from "studio/api.js";
import { persist } from "studio/backoff.js";

/** Return what an unchanged file is recognised by after a reload; at most 200 characters, and only plain ones. */
export function fingerprintOf(file) {
  return [encodeURIComponent(file.name).slice(-150), file.size, file.lastModified].join("|");
}

/** Return the user's unfinished uploads as the server knows them. */
export async function openUploads(signal) {
  return (await call("GET", "/uploads", { signal })).items;
}

/** Begin an upload; `words` are the video's title and so on. A later `attempt` begins no second one. */
export async function createUpload(file, words, attempt, signal) {
  const { name, size, type } = file;
  const fingerprint = fingerprintOf(file);
  if (attempt > 0) {
    // The upload may have been created although its answer was lost.
    const found = (await openUploads(signal)).find((item) => item.fingerprint === fingerprint && item.size === size);
    if (found) return found;
  }
  const body = { file_name: name, size, content_type: type, fingerprint, ...words };
  return call("POST", "/uploads", { body, signal });
}

/** Return the server's view of an upload, or null when it has expired or was cancelled. */
export async function findUpload(id, signal) {
  try {
    return await call("GET", `/uploads/${id}`, { signal });
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

/** Make the server forget an upload and its draft; one that is gone already is fine. */
export async function forget(id) {
  try {
    await persist(() => call("DELETE", `/uploads/${id}`));
  } catch (error) {
    if (error.status !== 404) throw error;
  }
}

/** Return how many bytes of an unfinished upload the server has. */
export function receivedBytes(record) {
  return record.received.reduce((bytes, part) => bytes + part.size, 0);
}
