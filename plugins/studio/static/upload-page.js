/** The upload page: takes files, queues them, and offers to go on with uploads that began earlier. */

import { refusalOf } from "studio/accept.js";
import { Announcer } from "studio/announcer.js";
import { acceptDrops } from "studio/drop.js";
import { sentenceOf, Unreadable } from "studio/failures.js";
import { percent, size } from "studio/format.js";
import { part } from "studio/markup.js";
import { Queue } from "studio/queue.js";
import { fingerprintOf } from "studio/recognise.js";
import { isWorking, progressOf } from "studio/standing.js";
import { Unfinished } from "studio/unfinished.js";
import { UploadItem } from "studio/upload-item.js";

const PLACEHOLDER = "0".repeat(16); // stands for a video's id in data-edit-url
const SITE_TITLE = document.title;
const inList = (file) => `${file.name} is in the list already.`;
const oneOnly = (file) => `${file.name} was left out: one file takes the place of another, and there is one already.`;

class UploadPage {
  #root;
  #maxSize;
  #queue = new Queue();
  #items = [];
  #unfinished;

  constructor(root) {
    this.#root = root;
    this.#maxSize = Number(root.dataset.maxSize);
    /** The id of the video that gets another file here, or null where every file becomes a video. */
    this.replaces = root.dataset.replaces ?? null;
    this.announcer = new Announcer(part(root, "voice"));
    this.dialog = document.getElementById("ask");
    this.#unfinished = new Unfinished(part(root, "unfinished"), this);
    part(root, "limit").textContent = size(this.#maxSize);
    for (const input of root.querySelectorAll("[data-files]")) this.#listen(input);
    acceptDrops(part(root, "drop"), (files) => this.add(files));
    addEventListener("beforeunload", (event) => this.#busy && event.preventDefault());
  }

  /** Begin with the uploads that the server still has open. */
  async start() {
    try {
      await this.#unfinished.load();
    } catch (error) {
      this.complain([sentenceOf(error)]);
    }
  }

  editUrl(videoId) {
    return this.#root.dataset.editUrl.replace(PLACEHOLDER, videoId);
  }

  replaceUrl(videoId) {
    return this.#root.dataset.replaceUrl.replace(PLACEHOLDER, videoId);
  }

  /** Whether this is the page where an unfinished upload goes on. */
  takes(record) {
    return this.replaces ? record.replaces && record.video_id === this.replaces : !record.replaces;
  }

  /** Say what was refused, until files are chosen the next time. */
  complain(sentences) {
    const box = part(this.#root, "refusals");
    const lines = sentences.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence }));
    part(box, "text").replaceChildren(...lines);
    box.hidden = lines.length === 0;
  }

  /** Queue these files; one of an unfinished upload goes on where that stopped. */
  async add(files) {
    const refusals = [];
    this.complain(refusals);
    for (const file of files) {
      const refusal = refusalOf(file, this.#maxSize) ?? (await this.#recognised(file));
      if (refusal) refusals.push(refusal);
    }
    this.complain(refusals);
  }

  /** Queue a file that goes on with the upload `known` {record, doubts}; return why not, or null. */
  resume(file, fingerprint, known) {
    if (this.#items.some(({ upload }) => upload.fingerprint === fingerprint)) return inList(file);
    if (this.replaces && this.#items.length > 0) return oneOnly(file);
    this.#enqueue(file, fingerprint, known);
    return null;
  }

  /** Put the focus on the heading when what had it is gone. */
  takeFocus() {
    const { activeElement } = document;
    if (activeElement === document.body || !activeElement.checkVisibility()) part(this.#root, "heading").focus();
  }

  get #busy() {
    return this.#items.some((item) => item.busy);
  }

  #listen(input) {
    const take = () => {
      if (!input.files.length) return;
      this.add([...input.files]);
      input.value = ""; // else choosing the same file again would be no change
    };
    input.addEventListener("change", take);
    take(); // what was chosen while this module was still on its way
  }

  async #recognised(file) {
    try {
      return this.resume(file, await fingerprintOf(file), null);
    } catch (error) {
      if (error instanceof Unreadable) return `${file.name} cannot be read. Is it a folder?`;
      throw error;
    }
  }

  #enqueue(file, fingerprint, known) {
    const item = new UploadItem(file, fingerprint, this, known);
    item.element.open = this.#items.length === 0;
    this.#items.push(item);
    part(this.#root, "uploads").append(item.element);
    item.addEventListener("change", () => this.#show());
    item.upload.addEventListener("found", () => this.#unfinished.drop(item.upload.ledger.record));
    if (known) this.#unfinished.drop(known.record);
    item.addEventListener("removed", () => this.#remove(item));
    this.#queue.add(item.upload);
    this.#show();
    this.takeFocus();
  }

  #remove(item) {
    this.#items = this.#items.filter((other) => other !== item);
    this.#show();
    this.takeFocus();
  }

  #show() {
    const items = this.#items;
    part(this.#root, "welcome").hidden = items.length > 0;
    if (items.length === 1) items[0].element.open = true; // its summary is not shown, so it could not be opened again
    if (!this.replaces) this.#showHeading();
    this.#showTitle();
  }

  #showHeading() {
    const items = this.#items;
    part(this.#root, "more").hidden = items.length === 0;
    const heading = items.length === 1 ? items[0].title : items.length ? `${items.length} uploads` : "Upload";
    part(this.#root, "heading").textContent = heading;
  }

  /** The tab says how far it is, for those who work in another one. */
  #showTitle() {
    const sending = this.#items.filter(({ upload }) => upload.active || upload.state === "queued");
    const working = this.#items.filter(({ status }) => status && isWorking(status));
    const sum = (list, of) => list.reduce((total, item) => total + of(item), 0);
    let title = SITE_TITLE;
    if (sending.length) {
      const fraction = sum(sending, (item) => item.upload.ledger.sent) / sum(sending, (item) => item.upload.file.size);
      title = `${percent(fraction)} · Uploading · ${SITE_TITLE}`;
      this.announcer.say("progress", `${percent(fraction)} uploaded.`);
    } else if (working.length) {
      title = `${percent(sum(working, (item) => progressOf(item.status)) / working.length)} · Processing · ${SITE_TITLE}`;
    }
    if (document.title !== title) document.title = title;
  }
}

new UploadPage(document.querySelector("[data-upload-page]")).start();
