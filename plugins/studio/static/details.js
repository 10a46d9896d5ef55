/** A form that saves itself: title, description and visibility of one video. */

import { call } from "studio/api.js";
import { persist } from "studio/backoff.js";
import { Problem, sentenceOf } from "studio/failures.js";
import { copyOf, part, say } from "studio/markup.js";

const FIELDS = ["title", "description", "visibility"];
const QUIET = 800; // ms without a keystroke before we save

export class Details {
  #form;
  #announcer;
  #path = null;
  #known; // what the server has, or will have from the creation of the video
  #saving = false;
  #timer = null;
  /** What goes with the upload when that is cancelled, as a sentence about what was sent. */
  loss = "They are deleted, and so are the details.";

  /** `form` has an element marked data-saved; `values` are put into it. */
  constructor(form, announcer, values) {
    this.#form = form;
    this.#announcer = announcer;
    this.#known = this.#values(FIELDS);
    this.fill(values);
    form.addEventListener("input", () => this.#edited());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
  }

  get title() {
    return this.#form.elements.title.value.trim();
  }

  /** Whether leaving the page now would lose something. */
  get unsaved() {
    return this.#saving || this.#changed().length > 0;
  }

  /** Show what the server has, except where it was edited since. */
  fill(video) {
    const edited = this.#changed();
    for (const name of FIELDS.filter((field) => field in video)) {
      if (!edited.includes(name)) this.#form.elements[name].value = video[name];
      this.#known[name] = video[name];
    }
    this.#count();
  }

  /** Return all fields, for a video that is created with them. */
  take() {
    this.#known = this.#values(FIELDS);
    return this.#known;
  }

  /** Save edits to this video from now on. */
  bind(videoId) {
    this.#path = `/videos/${videoId}`;
    this.#note("All changes saved");
    this.#save();
  }

  #changed() {
    const values = this.#values(FIELDS);
    return FIELDS.filter((name) => values[name] !== this.#known[name]);
  }

  #values(names) {
    return Object.fromEntries(names.map((name) => [name, this.#form.elements[name].value.trim()]));
  }

  #edited() {
    this.#count();
    this.#note(this.#path ? "Saving …" : "Saved when the upload begins");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), QUIET);
  }

  async #save() {
    clearTimeout(this.#timer);
    const names = this.#changed();
    if (!this.#path || this.#saving) return;
    const values = this.#values(names);
    this.#saving = true;
    try {
      if (names.length) await this.#send(values);
    } catch (error) {
      this.#refused(error);
      return;
    } finally {
      this.#saving = false;
    }
    this.#accepted(values);
  }

  #send(values) {
    const onWait = (why) => this.#note(why ? "Not saved yet: waiting for the connection" : "Saving …");
    return persist(() => call("PATCH", this.#path, { body: values }), { onWait });
  }

  #accepted(values) {
    Object.assign(this.#known, values);
    for (const name of FIELDS) this.#showError(name, "");
    if (this.#changed().length) {
      this.#save(); // what was typed meanwhile
      return;
    }
    this.#note("All changes saved");
    if (Object.keys(values).length) this.#announcer.say("saved", "All changes saved.");
  }

  #refused(error) {
    const errors = error instanceof Problem ? Object.entries(error.errors) : [];
    const sentence = errors.map(([, each]) => each).join(" ") || sentenceOf(error);
    for (const name of FIELDS) this.#showError(name, error.errors?.[name] ?? "");
    this.#note(errors.length ? "Not saved: see below" : `Not saved: ${sentence}`);
    this.#announcer.say("saved", `Not saved. ${sentence}`);
  }

  #note(text) {
    say(this.#form, "saved", text);
  }

  #showError(name, sentence) {
    const field = this.#form.querySelector(`[name=${name}]`);
    const box = field.closest(".field");
    box.querySelector(".field__error")?.remove();
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-errormessage");
    if (!sentence) return;
    const error = copyOf("field-error");
    part(error, "text").textContent = sentence;
    box.append(error);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-errormessage", error.id);
  }

  #count() {
    const { title } = this.#form.elements;
    part(this.#form, "count").textContent = `${title.value.length} / ${title.maxLength}`;
  }
}
