/** The words of a video whose file is replaced stay as they are: this stands where a form of details does otherwise. */

export class KeptWords {
  #videoId;
  /** An upload is called by its file's name then. */
  title = "";
  unsaved = false;
  loss = "They are deleted. The video stays as it is.";

  constructor(videoId) {
    this.#videoId = videoId;
  }

  fill() {}

  /** Return what makes the new upload one of this video. */
  take() {
    return { replaces: this.#videoId };
  }

  bind() {}
}
