/**
 * One file on its way to the storage, by the resumable multipart protocol that disk and S3 share:
 *
 *   POST   /uploads                {file_name, size, content_type, fingerprint, title, …} → upload
 *   GET    /uploads/{id}           → upload {id, video_id, state, part_size, parts, checksums, received: [part]}
 *   POST   /uploads/{id}/sign      {parts: [number], sha256: {number: base64}} → {parts: [{number, url, headers}]}
 *   PUT    <signed link>           the bytes of one part, straight to the storage
 *   POST   /uploads/{id}/complete  the server compares its own list of parts with what was declared
 *   DELETE /uploads/{id}           forgets everything
 *
 * The list of parts that the server has is the only truth: whatever is in doubt here is looked up there.
 */

import { alone } from "studio/alone.js";
import { call } from "studio/api.js";
import { persist } from "studio/backoff.js";
import { Ledger } from "studio/ledger.js";
import { beginOrFind, findUpload, forget, Gone } from "studio/open-uploads.js";
import { inLanes, Pace } from "studio/pace.js";
import { Part } from "studio/part.js";
import { Waits } from "studio/waits.js";

const ROUNDS = 3; // of sending what `complete` found missing
const PATIENCE = 600; // longest Retry-After that a part sits out, in seconds
const ACTIVE = new Set(["starting", "comparing", "uploading", "finishing"]);

/**
 * States: queued → starting (→ comparing) → uploading → finishing → accepted; paused, failed, cancelled on the way.
 *
 * Events: `change` (the state, or what it waits for), `progress` (`ledger` has changed), `created` and `found` (the
 * server knows the upload now, or did before). `enqueue()` makes a paused or failed one queued; a Queue starts it.
 */
export class Upload extends EventTarget {
  state = "queued";
  error = null; // what went wrong, when `state` is failed
  ledger = new Ledger();
  #controller = new AbortController();
  #waits = new Waits();

  /**
   * `words()` returns the video's title, description and visibility, for one that is created, or the video that it
   * `replaces` the file of. `known` is the upload {record, doubts} that this file goes on with; without one, it is
   * looked for among those that `takes(record)` is true of.
   */
  constructor(file, fingerprint, { words, takes = () => true, known = null }) {
    super();
    Object.assign(this, { file, fingerprint, words, takes });
    if (known) this.ledger.adopt(known.record, known.doubts);
  }

  get active() {
    return ACTIVE.has(this.state);
  }

  /** Why something does not move right now, as Waits tells; null when all does. */
  get waiting() {
    return this.#waits.foremost;
  }

  enqueue() {
    if (["paused", "failed"].includes(this.state)) this.#become("queued");
  }

  /** Run until the server has accepted the file; never throws: see `state` and `error`. */
  async start() {
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    this.#become("starting");
    try {
      const fresh = await this.#open(signal);
      const onWait = () => this.#wait("tab", { until: 0 }, signal);
      const { id } = this.ledger.record;
      await alone(`upload ${id}`, (waited) => this.#deliver(fresh, waited, signal), { signal, onWait });
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
    if (this.ledger.record) await forget(this.ledger.record.id);
  }

  #stop(state, error = null) {
    this.#controller.abort(new DOMException("The upload was stopped.", "AbortError"));
    this.ledger.rest();
    this.#waits.clear();
    this.error = error;
    this.#become(state);
  }

  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }

  #wait(subject, wait, signal) {
    if (signal.aborted) return; // a later run has waits of its own
    this.#waits.note(subject, wait);
    this.dispatchEvent(new Event("change"));
  }

  #persist(attempt, signal, part = null) {
    const onWait = (wait) => this.#wait(part ?? "upload", wait, signal);
    return persist(attempt, { signal, onWait, ...(part && { longest: PATIENCE }) });
  }

  /** Learn what the server has of this file, which may be nothing yet; return whether it is new to it. */
  async #open(signal) {
    const { ledger, file, fingerprint, words, takes } = this;
    if (ledger.record && (await this.#persist(() => this.#look(signal), signal))) return false;
    const options = { words, takes, onCompare: () => this.#become("comparing"), signal };
    const begin = () => beginOrFind(file, fingerprint, options);
    const { record, doubts, fresh } = await this.#persist(begin, signal);
    ledger.adopt(record, doubts);
    for (const name of [fresh ? "created" : "found", "progress"]) this.dispatchEvent(new Event(name));
    return fresh;
  }

  /** Learn what the server has by now; return whether it still knows the upload. */
  async #look(signal) {
    const record = await findUpload(this.ledger.record.id, signal);
    if (record) this.ledger.adopt(record);
    else this.ledger.forget();
    this.dispatchEvent(new Event("progress"));
    return record !== null;
  }

  async #mustLook(signal) {
    if (!(await this.#look(signal))) throw new Gone();
  }

  async #deliver(fresh, waited, signal) {
    const { ledger } = this;
    this.#wait("tab", null, signal);
    if (waited) await this.#persist(() => this.#mustLook(signal), signal);
    // A server that was killed while it accepted the file lists no parts any more; completing again finishes that.
    let whole = !fresh && ledger.arrived === 0;
    for (let round = 1; ledger.open; round++) {
      if (!whole) await this.#sendMissing(signal);
      whole = false;
      await this.#complete(round, signal);
    }
  }

  async #complete(round, signal) {
    this.#become("finishing");
    const path = `/uploads/${this.ledger.record.id}/complete`;
    try {
      this.ledger.adopt(await this.#persist(() => call("POST", path, { body: {}, signal }), signal));
    } catch (error) {
      if (error.code !== "upload_mismatch" || round === ROUNDS) throw error;
      this.ledger.distrust();
      await this.#persist(() => this.#mustLook(signal), signal);
    }
  }

  async #sendMissing(signal) {
    this.#become("uploading");
    const { missing, record } = this.ledger;
    const pace = new Pace(2 * record.part_size);
    await inLanes(missing, () => pace.lanes, async (number) => {
      const part = new Part(this.file, record, number);
      await this.#persist((attempt) => this.#send(part, attempt, pace, signal), signal, number);
      this.ledger.add(number);
      this.dispatchEvent(new Event("progress"));
    });
  }

  /** Send a part unless it is there: an answer may have been lost, and another device may send the same file. */
  async #send(part, attempt, pace, signal) {
    if (attempt > 0) await this.#mustLook(signal);
    const { ledger } = this;
    if (ledger.has(part.number)) return;
    const departure = ledger.departure(part.number);
    const onProgress = (loaded) => {
      departure(loaded);
      pace.progress(ledger.sent, performance.now());
      this.dispatchEvent(new Event("progress"));
    };
    const began = performance.now();
    try {
      await part.send({ signal, onProgress });
      pace.arrived(performance.now() - began);
    } catch (error) {
      pace.failed();
      if (error.status === 404 || error.status === 409) await this.#mustLook(signal);
      if (!ledger.has(part.number)) throw error;
    } finally {
      departure(null);
    }
  }
}
