/**
 * Recognising a file after a reload, in another tab or on another device, and telling it from one that looks alike.
 *
 * A fingerprint is taken of samples, the size and the time of change. When all agree, it is the file. When only the
 * time differs, it is a copy, or a file that was changed where no sample is: then every part that the server has is
 * compared with the file by its SHA-256. That reads the file, so it is done only then; but no byte of one file ever
 * comes to stand among those of another.
 */

import { CAN_HASH, sha256Of } from "studio/checksums.js";
import { bytesOf, sliceOf } from "studio/part.js";

const SAMPLES = 16;
const SAMPLE = 64 * 1024; // bytes; with 16 of them, a megabyte is read of a file of any size

/** Return the fingerprint of a file, of at most 200 plain characters; throws Unreadable. */
export async function fingerprintOf(file) {
  // Where the browser does not hash, a file is known by its name, and only while it is unchanged.
  const name = encodeURIComponent(file.name).slice(-150);
  const identity = CAN_HASH ? await sha256Of(await bytesOf(file, samplesOf(file))) : name;
  return [identity, file.size, file.lastModified].join("|");
}

function samplesOf(file) {
  if (file.size <= SAMPLES * SAMPLE) return file;
  const step = (file.size - SAMPLE) / (SAMPLES - 1);
  const starts = Array.from({ length: SAMPLES }, (_, index) => Math.floor(index * step));
  return new Blob(starts.map((start) => file.slice(start, start + SAMPLE)));
}

/**
 * Return the numbers of the parts that the server has but nobody can prove to be the file's, so that they are sent
 * again; null when it is another file. `onCompare` is called before parts are read. Throws Unreadable.
 */
export async function doubtsAbout(file, fingerprint, record, { onCompare = () => {}, signal } = {}) {
  if (record.fingerprint === fingerprint) return new Set();
  if (!CAN_HASH || withoutTime(record.fingerprint) !== withoutTime(fingerprint)) return null;
  onCompare();
  const doubts = new Set();
  for (const { number, sha256 } of record.received) {
    signal?.throwIfAborted();
    if (sha256 === null) doubts.add(number);
    else if ((await sha256Of(await bytesOf(file, sliceOf(file, record, number)))) !== sha256) return null;
  }
  return doubts;
}

function withoutTime(fingerprint) {
  return fingerprint.slice(0, fingerprint.lastIndexOf("|"));
}
