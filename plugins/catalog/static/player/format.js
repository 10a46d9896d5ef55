// How the player writes things.

/** Write seconds as 4:09 or 1:02:48. */
export function formatTime(seconds) {
  // The length of twelve seconds may read 11.999999.
  const whole = Math.max(0, Math.floor((seconds || 0) + 0.01));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Name a rendition by its short side, as people do: 1920 × 1080 and 1080 × 1920 are both 1080p. */
export function levelName(level) {
  const side = Math.min(level.width, level.height);
  return side ? `${side}p` : `${Math.round(level.bitrate / 1000)} kbit/s`;
}

/** Write a language tag such as "de" as people of this page's language call it; "" for none, or one that is no tag. */
export function languageName(tag) {
  try {
    return tag ? new Intl.DisplayNames(document.documentElement.lang || "en", { type: "language" }).of(tag) : "";
  } catch {
    return "";
  }
}
