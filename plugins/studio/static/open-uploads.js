/** The uploads of this user that the server has open: begin one, find one, list and forget them. */

import { call } from "studio/api.js";
import { persist } from "studio/backoff.js";
import { Problem } from "studio/failures.js";
import { doubtsAbout } from "studio/recognise.js";

/** The server does not know the upload any more. */
export class Gone extends Problem {
  constructor() {
    super(404, { detail: "This upload was cancelled elsewhere, or has expired. Try again, and it begins anew." });
  }
}

/** Return the user's unfinished uploads as the server knows them. */
export async function openUploads(signal) {
  return (await call("GET", "/uploads", { signal })).items;
}

/**
 * Return {record, doubts, fresh}: the open upload that this file goes on with, of those that `takes(record)` is true
 * of, else a new one, for which `words()` are the video's title and so on. It may have been begun in another tab, or by
 * an attempt whose answer was lost. `onCompare` is called before the file is compared with parts.
 */
export async function beginOrFind(file, fingerprint, { words, takes, onCompare, signal }) {
  for (const record of (await openUploads(signal)).filter(takes)) {
    const doubts = await doubtsAbout(file, fingerprint, record, { onCompare, signal });
    if (doubts) return { record, doubts, fresh: false };
  }
  const { name, size, type } = file;
  const body = { file_name: name, size, content_type: type, fingerprint, ...words() };
  return { record: await call("POST", "/uploads", { body, signal }), doubts: new Set(), fresh: true };
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
