// Streaming: hls.js where the browser has Media Source Extensions, else the browser's own HLS.

import { levelName } from "catalog/player/format.js";
import { preference, remember } from "catalog/player/preferences.js";

const MAX_RECOVERIES = 3;
/** Seconds of video to buffer: about one segment until somebody presses play, then half a minute or more. */
const BEFORE_PLAY = { maxBufferLength: 2, maxMaxBufferLength: 2 };
const WHILE_PLAYING = { maxBufferLength: 30, maxMaxBufferLength: 120 };

/** The page has a video's captions as <track> elements; hls.js would add those of the playlist a second time. */
const WITHOUT_CAPTIONS = {
  subtitleTrackController: undefined,
  subtitleStreamController: undefined,
  timelineController: undefined,
};

const hasMediaSource = "MediaSource" in window || "ManagedMediaSource" in window;

/** Resolve when the page has loaded and is idle, or at the first sign that somebody wants to play. */
function pageSettledOrWanted(player) {
  const wanted = ["pointerenter", "pointerdown", "focusin", "keydown"].map(
    (type) => new Promise((resolve) => player.addEventListener(type, resolve, { once: true })),
  );
  const played = new Promise((resolve) => player.video.addEventListener("play", resolve, { once: true }));
  const settled = (async () => {
    if (document.readyState !== "complete") {
      await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
    }
    await new Promise((resolve) => {
      if ("requestIdleCallback" in window) requestIdleCallback(resolve, { timeout: 1500 });
      else setTimeout(resolve, 200);
    });
  })();
  return Promise.race([settled, played, ...wanted]);
}

/** Streams `url` into the player's <video>. Tells the player of levels and of errors it could not recover from. */
export class Engine {
  #player;
  #Hls = null;
  #hls = null;
  #url;
  #attached = false;
  #chosen = -1;
  #recoveries = 0;
  #resumeAt = 0;

  constructor(player, url) {
    this.#player = player;
    this.#url = url;
    if (hasMediaSource) this.#takeOverSource();
    // A browser that plays HLS by itself knows the length of what grows when that ends.
    player.video.addEventListener("durationchange", () => {
      if (!this.#hls && Number.isFinite(player.video.duration)) player.endGrowth();
    });
  }

  /** Load hls.js and attach it. Never throws: what goes wrong is on the player. */
  async start() {
    if (!hasMediaSource) {
      this.#attached = true;
      return;
    }
    await pageSettledOrWanted(this.#player);
    if (!this.#attached) await this.#attach();
  }

  /** Play another playlist of the same video, or the same one with other qualities in it, from where we are. */
  async replace(url) {
    const longer = url === this.#url && this.#hls && (await this.#knowsAllOf(url));
    this.#url = url;
    // A playlist that only got longer is asked for again by hls.js, without a break.
    if (this.#attached && !longer) await this.restart();
  }

  async #knowsAllOf(url) {
    const response = await fetch(url, { cache: "no-cache" }).catch(() => null);
    const lines = response?.ok ? (await response.text()).split("\n") : [];
    const playlists = lines.filter((line) => line && !line.startsWith("#"));
    const known = new Set(this.levels.map((level) => level.uri));
    return playlists.every((uri) => known.has(new URL(uri, response.url).href));
  }

  /** Begin again, at the same position, and go on playing if we were. */
  async restart() {
    const { video } = this.#player;
    const playing = !video.paused && !video.ended;
    this.#resumeAt = video.ended ? 0 : video.currentTime;
    this.#recoveries = 0;
    this.#hls?.destroy();
    this.#hls = null;
    await this.#attach();
    if (playing) this.#player.play();
  }

  get levels() {
    return this.#hls?.levels ?? [];
  }

  /** The name of what is on screen, such as "720p", or "" when that is not known. */
  get currentQuality() {
    const level = this.levels[this.#hls?.currentLevel];
    return level ? levelName(level) : "";
  }

  /** The index of the level that was picked, or -1 for automatic. */
  get chosenLevel() {
    return this.#chosen;
  }

  /** Pick a level by index, -1 for automatic; what is buffered in the old quality is replaced. */
  chooseLevel(index) {
    this.#chosen = this.#hls.nextLevel = index;
    remember("quality", index < 0 ? "auto" : levelName(this.levels[index]));
  }

  /** The sounds to choose from, of which one is heard; each has an `id`, `name` and `lang`. */
  get sounds() {
    return this.#hls?.audioTracks ?? [];
  }

  /** The id of the sound that is heard, or -1. */
  get chosenSound() {
    return this.#hls?.audioTrack ?? -1;
  }

  chooseSound(id) {
    this.#hls.audioTrack = id;
    remember("audio", this.sounds[id].lang ?? "");
  }

  // Chromium plays HLS by itself now: without this it would fetch the stream a second time.
  #takeOverSource() {
    const { video } = this.#player;
    for (const source of video.querySelectorAll("source")) source.remove();
    video.load();
  }

  async #attach() {
    this.#attached = true;
    try {
      this.#Hls ??= (await import("core/vendor/hls.mjs")).default;
    } catch (error) {
      console.warn("The streaming engine did not load; trying the browser's own.", error);
    }
    if (this.#Hls?.isSupported()) this.#attachHls();
    else this.#player.video.src = this.#url;
  }

  #attachHls() {
    const Hls = this.#Hls;
    const { video } = this.#player;
    const language = preference("audio", "");
    const audioPreference = language ? { lang: language } : undefined;
    const settings = { autoStartLoad: false, capLevelToPlayerSize: true, backBufferLength: 60, audioPreference };
    const hls = new Hls({ ...settings, ...WHILE_PLAYING, ...WITHOUT_CAPTIONS });
    this.#hls = hls;
    if (video.paused) {
      Object.assign(hls.config, BEFORE_PLAY);
      video.addEventListener("play", () => Object.assign(hls.config, WHILE_PLAYING), { once: true });
    }
    hls.on(Hls.Events.MANIFEST_PARSED, () => this.#begin());
    hls.on(Hls.Events.LEVEL_SWITCHED, () => this.#player.notify("levels"));
    hls.on(Hls.Events.LEVEL_UPDATED, (_, { details }) => details.live || this.#player.endGrowth());
    for (const event of [Hls.Events.AUDIO_TRACKS_UPDATED, Hls.Events.AUDIO_TRACK_SWITCHED]) {
      hls.on(event, () => this.#player.notify("sounds"));
    }
    hls.on(Hls.Events.FRAG_BUFFERED, () => (this.#recoveries = 0));
    hls.on(Hls.Events.ERROR, (_, problem) => problem.fatal && this.#recover(problem));
    hls.loadSource(this.#url);
    hls.attachMedia(video);
  }

  #begin() {
    const remembered = preference("quality", "auto");
    this.#chosen = this.levels.findIndex((level) => levelName(level) === remembered);
    if (this.#chosen >= 0) this.#hls.loadLevel = this.#chosen;
    this.#player.notify("levels");
    // From the beginning also where the end is still being made: left to itself, hls.js would begin at the newest part.
    this.#hls.startLoad(this.#resumeAt || this.#player.video.currentTime || 0);
  }

  #recover({ type, details }) {
    const Hls = this.#Hls;
    const hls = this.#hls;
    if (this.#recoveries++ >= MAX_RECOVERIES) {
      this.#player.fail({ type, details });
    } else if (type === Hls.ErrorTypes.MEDIA_ERROR) {
      hls.recoverMediaError();
    } else if (type === Hls.ErrorTypes.NETWORK_ERROR) {
      // startLoad() does not ask for a playlist again that never came.
      const again = () => hls === this.#hls && (hls.levels.length ? hls.startLoad() : hls.loadSource(this.#url));
      setTimeout(again, 500 * 2 ** this.#recoveries);
    } else {
      this.#player.fail({ type, details });
    }
  }
}
