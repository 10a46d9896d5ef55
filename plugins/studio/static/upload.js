/**
 * One file on its way to the storage, by the resumable multipart protocol that disk and S3 share:
 *
 *   POST   /uploads                {file_name, size, content_type, fingerprint, title, …} → upload
 *   GET    /uploads/{id}           → upload {id, video_id, state, part_size, parts, received: [{number, size}]}
 *   POST   /uploads/{id}/sign      {parts: [number]} → {parts: [{number, url, headers}]}, short-lived
 *   PUT    <signed link>           the bytes of one part, straight to the storage
 *   POST   /uploads/{id}/complete  the server compares its own list of parts with what was declared
 *   DELETE /uploads/{id}           forgets everything
 */

import { call, Problem } from "studio/api.js";
import { persist } from "studio/backoff.js";
import { Links } from "studio/links.js";
import { createUpload, findUpload, forget } from "studio/open-uploads.js";
import { put } from "studio/put.js";

const PARALLEL = 3; // leaves room among the six connections that browsers open to a host over HTTP/1.1
const ROUNDS = 3; // of sending what `complete` found missing
const ACTIVE = new Set(["starting", "uploading", "finishing"]);

/**
 * States: queued → starting → uploading → finishing → accepted; paused, failed and cancelled on the way.
 *
 * Events: `change` (the state, or what it waits for), `progress` (`sent` has grown), `created` (the server knows
 * the upload: `record` is set). `enqueue()` makes a paused or failed one queued again; a Queue calls `start()`.
 */
export class Upload extends EventTarget {
  state = "queued";
  /** Why nothing moves right now: "offline", "retry", or null. */
  waiting = null;
  /** What went wrong, when `state` is failed. */
  error = null;
  #controller = new AbortController();
  #received = new Set();
  #sending = new Map();
  #links = null;

  /**
   * `record` is the server's view of an upload that began earlier; without one a new upload is created, and `words()`
   * returns the video's title, description and visibility at that moment.
   */
  constructor(file, { words, record = null }) {
    super();
    Object.assign(this, { file, words, record });
  }

  get active() {
    return ACTIVE.has(this.state);
  }

  /** Bytes of the file that are there, or on their way. */
  get sent() {
    let bytes = 0;
    for (const number of this.#received) bytes += this.#bytes(number);
    for (const loaded of this.#sending.values()) bytes += loaded;
    return Math.min(bytes, this.file.size);
  }

  enqueue() {
    if (this.state === "paused" || this.state === "failed") this.#become("queued");
  }

  /** Run until the server has accepted the file; never throws: see `state` and `error`. */
  async start() {
    this.#controller = new AbortController();
    this.#sending = new Map(); // the map of an aborted run is still written to while that run unwinds
    const { signal } = this.#controller;
    this.#become("starting");
    try {
      const found = await this.#open(signal);
      await this.#deliver(found, signal);
      this.#become("accepted");
    } catch (error) {
      if (signal.aborted) return; // pause() or cancel() has said so
      this.#stop("failed", error);
    }
  }

  pause() {
    if (this.active || this.state === "queued") this.#stop("paused");
  }

  /** Stop, and make the server forget the file and its draft; throws a Problem if the server refuses to. */
  async cancel() {
    this.#stop("cancelled");
    if (this.record) await forget(this.record.id);
  }

  #stop(state, error = null) {
    this.#controller.abort(new DOMException("The upload was stopped.", "AbortError"));
    this.#sending.clear();
    this.error = error;
    this.#become(state);
  }

  #become(state) {
    this.state = state;
    this.#wait(null);
  }

  #wait(reason) {
    this.waiting = reason;
    this.dispatchEvent(new Event("change"));
  }

  #persist(attempt, signal) {
    const onWait = (reason) => signal.aborted || this.#wait(reason);
    return persist(attempt, { signal, onWait });
  }

  /** Learn the server's view, of a new upload if there is none; return whether there was one. */
  async #open(signal) {
    const { id } = this.record ?? {};
    if (id) this.#adopt(await this.#persist(() => findUpload(id, signal), signal));
    const found = this.record !== null;
    if (!found) {
      this.#adopt(await this.#persist((attempt) => createUpload(this.file, this.words(), attempt, signal), signal));
      this.dispatchEvent(new Event("created"));
    }
    this.#progress();
    return found;
  }

  #adopt(record) {
    this.record = record;
    if (!record) return;
    if (record.size !== this.file.size) throw new Problem(409, { detail: `This is not the file ${record.file_name}.` });
    this.#links = new Links(record.id);
    const whole = record.received.filter(({ number, size }) => size === this.#bytes(number));
    this.#received = new Set(whole.map(({ number }) => number));
  }

  async #deliver(found, signal) {
    // A server that was killed while it accepted the file lists no parts any more; completing again finishes that.
    let whole = found && this.#received.size === 0;
    for (let round = 1; this.record.state === "open"; round++) {
      if (!whole) await this.#sendMissing(signal);
      whole = false;
      this.#become("finishing");
      try {
        await this.#persist(() => call("POST", `/uploads/${this.record.id}/complete`, { body: {}, signal }), signal);
        return;
      } catch (error) {
        if (error.code !== "upload_mismatch" || round === ROUNDS) throw error;
        await this.#open(signal);
      }
    }
  }

  async #sendMissing(signal) {
    this.#become("uploading");
    const numbers = Array.from({ length: this.record.parts }, (_, index) => index + 1);
    const missing = numbers.filter((number) => !this.#received.has(number));
    const work = async () => {
      while (missing.length) await this.#send(missing.shift(), missing, signal);
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
  }

  async #send(number, upcoming, signal) {
    const sending = this.#sending;
    const start = (number - 1) * this.record.part_size;
    const blob = this.file.slice(start, start + this.#bytes(number));
    const onProgress = (loaded) => {
      sending.set(number, loaded);
      this.#progress();
    };
    await this.#persist(async () => {
      const link = await this.#links.take(number, upcoming, signal);
      await put(blob, link, { signal, onProgress }).finally(() => sending.delete(number));
    }, signal);
    this.#received.add(number);
    this.#progress();
  }

  #bytes(number) {
    return Math.min(this.record.part_size, this.file.size - (number - 1) * this.record.part_size);
  }

  #progress() {
    this.dispatchEvent(new Event("progress"));
  }
}
