/** One part of a file on its way: read once, signed for, sent. */

import { call } from "studio/api.js";
import { CAN_HASH, sha256Of } from "studio/checksums.js";
import { Problem, Unreachable, Unreadable } from "studio/failures.js";
import { put } from "studio/put.js";

/** Return the length in bytes of part `number` (1-based) of an upload. */
export function lengthOf(record, number) {
  return Math.min(record.part_size, record.size - (number - 1) * record.part_size);
}

export function sliceOf(file, record, number) {
  const start = (number - 1) * record.part_size;
  return file.slice(start, start + lengthOf(record, number));
}

/** Return the bytes of some of a file; throws Unreadable. A request that fails to read its body does not say so. */
export async function bytesOf(file, some) {
  try {
    return await some.arrayBuffer();
  } catch {
    throw new Unreadable(file);
  }
}

export class Part {
  #file;
  #record;
  number;
  #bytes = null;
  #sha256 = null;

  constructor(file, record, number) {
    this.#file = file;
    this.#record = record;
    this.number = number;
  }

  /**
   * Make one attempt; `onProgress` hears the bytes sent so far. The link is asked for when the bytes are ready to go:
   * it is bound to their checksum, and none can expire in a drawer.
   */
  async send({ signal, onProgress }) {
    const body = await this.#read();
    const link = await this.#sign(signal);
    try {
      await put(body, link, { signal, onProgress });
    } catch (error) {
      if (error instanceof Unreachable && body instanceof Blob) await bytesOf(this.#file, body);
      if (error instanceof Problem && error.status === 400) this.#bytes = null; // they may have changed in memory
      throw error;
    }
  }

  /** Bytes in memory where they are hashed, so that they are read once and cannot change until they are sent. */
  async #read() {
    const slice = sliceOf(this.#file, this.#record, this.number);
    if (!this.#record.checksums || !CAN_HASH) return slice;
    if (this.#bytes === null) {
      this.#bytes = await bytesOf(this.#file, slice);
      this.#sha256 = await sha256Of(this.#bytes);
    }
    return this.#bytes;
  }

  async #sign(signal) {
    const number = this.number;
    const body = { parts: [number], ...(this.#sha256 && { sha256: { [number]: this.#sha256 } }) };
    const { parts } = await call("POST", `/uploads/${this.#record.id}/sign`, { body, signal });
    return parts[0];
  }
}
