/** Many uploads, one at a time: a line shared by two files makes both late. */

export class Queue {
  #uploads = [];

  add(upload) {
    this.#uploads.push(upload);
    upload.addEventListener("change", () => this.#advance());
    this.#advance();
  }

  #advance() {
    if (this.#uploads.some((upload) => upload.active)) return;
    this.#uploads.find((upload) => upload.state === "queued")?.start();
  }
}
