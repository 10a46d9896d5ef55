// <mutoscope-player>: makes a <video controls> into our player. The markup is the template's (catalog/_player.html,
// which themes may replace); these modules find it by data-part and data-act and reflect state into attributes.

import { connectCaptions } from "catalog/player/captions.js";
import { connectControls } from "catalog/player/controls.js";
import { Engine } from "catalog/player/engine.js";
import { connectGestures } from "catalog/player/gestures.js";
import { connectKeyboard } from "catalog/player/keyboard.js";
import { connectMediaSession } from "catalog/player/media_session.js";
import { connectMenus } from "catalog/player/menus.js";
import { preference, remember } from "catalog/player/preferences.js";
import { connectStoryboard } from "catalog/player/storyboard.js";
import { connectTimeline } from "catalog/player/timeline.js";

const IDLE_AFTER_MS = 2500;
const FLASH_MS = 700;
/** Seconds before the end of what is there so far: whoever wants to go beyond gets a picture, and not the next wait. */
const BEFORE_THE_EDGE = 1;

/**
 * Attributes a style sheet may use: data-state (new, playing, paused, ended, error), data-idle, data-waiting,
 * data-growing (the end is still being made). Events, bubbling: mutoscope:levels, mutoscope:sounds,
 * mutoscope:error (detail: type, details), mutoscope:captions, mutoscope:theatre.
 */
class MutoscopePlayer extends HTMLElement {
  #idleTimer = 0;
  #flashTimer = 0;

  connectedCallback() {
    if (this.video) return;
    this.video = this.querySelector("video");
    this.append(this.querySelector("template").content.cloneNode(true));
    this.parts = {};
    for (const element of this.querySelectorAll("[data-part]")) this.parts[element.dataset.part] = element;
    this.words = JSON.parse(this.dataset.words);
    this.video.controls = false;
    this.dataset.state = "new";
    this.#restore();
    this.#follow();
    this.engine = new Engine(this, this.dataset.hls);
    connectControls(this);
    connectStoryboard(this);
    connectTimeline(this);
    connectCaptions(this);
    connectMenus(this);
    connectGestures(this);
    connectKeyboard(this);
    connectMediaSession(this);
    this.engine.start();
  }

  #restore() {
    const { video } = this;
    video.volume = preference("volume", 1);
    video.muted = preference("muted", false);
    video.defaultPlaybackRate = video.playbackRate = preference("rate", 1);
  }

  #follow() {
    const { video } = this;
    const on = (types, listener) => types.forEach((type) => video.addEventListener(type, listener));
    on(["play"], () => (this.dataset.state = "playing"));
    on(["pause"], () => (this.dataset.state = video.ended ? "ended" : "paused"));
    on(["ended"], () => (this.dataset.state = "ended"));
    on(["seeking"], () => this.dataset.state === "ended" && (this.dataset.state = "paused"));
    on(["waiting"], () => (this.dataset.waiting = ""));
    on(["playing", "seeked", "pause"], () => delete this.dataset.waiting);
    on(["play", "pause"], () => this.wake());
    on(["error"], () => this.fail({ type: "media", details: video.error?.message ?? "" }));
    on(["volumechange"], () => {
      remember("volume", video.volume);
      remember("muted", video.muted);
    });
  }

  notify(name, detail) {
    this.dispatchEvent(new CustomEvent(`mutoscope:${name}`, { bubbles: true, detail }));
  }

  /** Play; a browser that refuses to (autoplay rules, a source that changed meanwhile) leaves the video paused. */
  play() {
    return this.video.play().catch(() => {});
  }

  toggle() {
    if (this.video.paused) this.play();
    else this.video.pause();
  }

  get isGrowing() {
    return "growing" in this.dataset;
  }

  /** The length of the video in seconds; while its end is still being made, what it will be. */
  get duration() {
    const announced = Number(this.dataset.duration) || 0;
    const loaded = Number.isFinite(this.video.duration) ? this.video.duration : 0;
    return this.isGrowing ? Math.max(loaded, announced) : loaded || announced;
  }

  /** How far one can go, in seconds. */
  get there() {
    const { length } = this.video.seekable;
    return length ? this.video.seekable.end(length - 1) : 0;
  }

  /** Nothing is added to the video any more: what is there is all of it. */
  endGrowth() {
    delete this.dataset.growing;
  }

  seek(seconds) {
    const { video } = this;
    // Before the playlist is here there is nowhere to go.
    if (!video.duration) return;
    // Forward never leads back, also for those who wait at the edge.
    const end = this.isGrowing ? Math.max(this.there - BEFORE_THE_EDGE, video.currentTime) : video.duration;
    video.currentTime = Math.min(Math.max(0, seconds), end);
    this.wake();
  }

  skip(seconds) {
    this.seek(this.video.currentTime + seconds);
    this.flash(`${seconds > 0 ? "+" : "−"}${Math.abs(seconds)} s`);
  }

  setVolume(volume) {
    this.video.muted = volume <= 0;
    this.video.volume = Math.min(1, Math.max(0, volume));
  }

  setRate(rate) {
    this.video.defaultPlaybackRate = this.video.playbackRate = rate;
    remember("rate", rate);
  }

  toggleFullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.requestFullscreen) this.requestFullscreen();
    else this.video.webkitEnterFullscreen?.();
  }

  togglePictureInPicture() {
    if (document.pictureInPictureElement) document.exitPictureInPicture();
    // Refused before there is a picture; nothing to tell.
    else this.video.requestPictureInPicture?.().catch(() => {});
  }

  toggleTheatre(on = !document.documentElement.hasAttribute("data-theatre")) {
    document.documentElement.toggleAttribute("data-theatre", on);
    remember("theatre", on);
    this.notify("theatre");
  }

  /** Switch to another playlist of the same video, when better renditions are ready for instance. */
  async replaceSource(url) {
    this.dataset.hls = url;
    if (this.dataset.state === "error") this.dataset.state = "paused";
    this.parts.note.hidden = true;
    await this.engine.replace(url);
  }

  fail(detail) {
    this.dataset.state = "error";
    delete this.dataset.waiting;
    this.parts.note.hidden = false;
    this.notify("error", detail);
  }

  async retry() {
    this.parts.note.hidden = true;
    this.dataset.state = "paused";
    await this.engine.restart();
    this.play();
  }

  /** Show a word over the picture for a moment. */
  flash(text) {
    const { flash } = this.parts;
    flash.textContent = text;
    flash.dataset.on = "";
    clearTimeout(this.#flashTimer);
    this.#flashTimer = setTimeout(() => delete flash.dataset.on, FLASH_MS);
  }

  /** Show the controls; they go again when nothing happens while the video plays. */
  wake() {
    delete this.dataset.idle;
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.rest(), IDLE_AFTER_MS);
  }

  /** Hide the controls, unless they are needed. */
  rest() {
    const busy = this.video.paused || !this.parts.menu.hidden || this.querySelector(".player__controls :focus-visible");
    if (!busy) this.dataset.idle = "";
  }
}

customElements.define("mutoscope-player", MutoscopePlayer);
