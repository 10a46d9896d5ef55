/** The list of uploads that began earlier and wait for their file. */

import { persist } from "studio/backoff.js";
import { confirmed } from "studio/confirm.js";
import { sentenceOf, Unreadable } from "studio/failures.js";
import { percent, size } from "studio/format.js";
import { copyOf, part, say } from "studio/markup.js";
import { forget, openUploads, receivedBytes } from "studio/open-uploads.js";
import { doubtsAbout, fingerprintOf } from "studio/recognise.js";

export class Unfinished {
  #root;
  #page;
  #rows = new Map();

  /** `page` offers {replaces, takes, replaceUrl, resume, complain, dialog, takeFocus}. */
  constructor(root, page) {
    this.#root = root;
    this.#page = page;
  }

  /** Show what the server still has open; throws a Problem when it does not say. */
  async load() {
    const { replaces } = this.#page;
    for (const record of await persist(() => openUploads())) {
      if (!replaces || this.#page.takes(record)) this.#append(record);
    }
    this.#showOrHide();
  }

  /** Take an upload off the list: it goes on. */
  drop({ id }) {
    for (const [record, row] of this.#rows) if (record.id === id) this.#remove(record, row);
  }

  #append(record) {
    const row = copyOf("unfinished-item");
    const fraction = receivedBytes(record) / record.size;
    part(row, "name").textContent = record.file_name;
    const numbers = [`${percent(fraction)} of ${size(record.size)}`, `kept until ${until(record.expires_at)}`];
    part(row, "numbers").textContent = numbers.join(" · ");
    part(row, "bar").value = fraction;
    this.#offerItsPage(record, row);
    part(row, "files").addEventListener("change", (event) => this.#chosen(record, row, event.target));
    part(row, "discard").addEventListener("click", () => this.#discard(record, row));
    this.#rows.set(record, row);
    part(this.#root, "list").append(row);
  }

  /** What replaces the file of a video goes on where that is said. */
  #offerItsPage(record, row) {
    const here = this.#page.takes(record);
    part(row, "choose").hidden = !here;
    part(row, "continue").hidden = here;
    part(row, "continue").href = this.#page.replaceUrl(record.video_id);
  }

  async #chosen(record, row, input) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    say(row, "problem", "");
    say(row, "moment", "Comparing the file with what was sent before …");
    say(row, "problem", await this.#goOn(record, file));
    say(row, "moment", "");
  }

  /** Go on with this file, or return why not. */
  async #goOn(record, file) {
    try {
      const fingerprint = await fingerprintOf(file);
      const doubts = await doubtsAbout(file, fingerprint, record);
      if (doubts) return this.#page.resume(file, fingerprint, { record, doubts }) ?? "";
    } catch (error) {
      if (error instanceof Unreadable) return `${file.name} cannot be read.`;
      throw error;
    }
    const { file_name: name, size: bytes } = record;
    const wrong = file.name === name ? `This ${name} is not the one that was sent` : `${file.name} is another file`;
    return `${wrong}. Choose ${name} (${size(bytes)}) as it was, or discard this upload.`;
  }

  async #discard(record, row) {
    const agreed = await confirmed(this.#page.dialog, {
      title: "Discard this upload?",
      text: `What was sent of ${record.file_name} is deleted${lossOf(record)}`,
      act: "Discard it",
      keep: "Keep it",
    });
    if (!agreed) return;
    try {
      await forget(record.id);
      this.#remove(record, row);
      this.#page.takeFocus();
    } catch (error) {
      say(row, "problem", sentenceOf(error));
    }
  }

  #remove(record, row) {
    row.remove();
    this.#rows.delete(record);
    this.#showOrHide();
  }

  #showOrHide() {
    this.#root.hidden = this.#rows.size === 0;
  }
}

function lossOf({ replaces }) {
  return replaces ? ". The video stays as it is." : ", and so are its title and description.";
}

function until(time) {
  return new Date(time).toLocaleString("en", { weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false });
}
