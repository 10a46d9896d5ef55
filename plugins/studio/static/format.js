/** Numbers and names as people read them. */

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

function unitOf(bytes) {
  return bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
}

function inUnit(bytes, unit) {
  // One decimal from megabytes on, kept when it is 0: a number that changes its width is hard to read.
  return (bytes / 1000 ** unit).toFixed(unit < 2 ? 0 : 1);
}

/** 3_400_000_000 → "3.4 GB" */
export function size(bytes) {
  const unit = unitOf(bytes);
  return `${inUnit(bytes, unit)}\u00a0${UNITS[unit]}`; // no line break inside
}

/** "2.2 of 3.4 GB": both in the unit of the whole. */
export function portion(part, whole) {
  const unit = unitOf(whole);
  return `${inUnit(part, unit)} of ${size(whole)}`;
}

/** Seconds → "32 s left", "4 min left", "2 h 10 min left"; coarse, because it is an estimate. */
export function timeLeft(seconds) {
  if (seconds < 10) return "a few seconds left";
  if (seconds < 90) return `${Math.ceil(seconds / 5) * 5} s left`;
  const minutes = Math.ceil(seconds / 60);
  return `${long(minutes)} left`;
}

/** Seconds → "about 2 min left", for steps whose pace is less even; null → "". */
export function aboutLeft(seconds) {
  if (seconds === null) return "";
  if (seconds < 10) return "a few seconds left";
  if (seconds < 55) return `about ${Math.ceil(seconds / 10) * 10} s left`;
  return `about ${long(Math.max(1, Math.round(seconds / 60)))} left`;
}

function long(minutes) {
  if (minutes < 90) return `${minutes} min`;
  const tens = Math.round(minutes / 10) * 10;
  return [`${Math.floor(tens / 60)} h`, ...(tens % 60 ? [`${tens % 60} min`] : [])].join(" ");
}

/** Seconds → "1:02:48" */
export function clock(seconds) {
  const rest = Math.round(seconds);
  const [hours, minutes] = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest % 60)}` : `${minutes}:${two(rest % 60)}`;
}

/** 0.643 → "64%"; 100% only when all is there. */
export function percent(fraction) {
  return `${Math.floor(Math.min(1, Math.max(0, fraction)) * 100)}%`;
}

/** "plateau_final-v3.mov" → "Plateau final v3", at most 120 characters: a title to start from. */
export function titleOf(fileName) {
  const words = fileName.replace(/\.[a-z0-9]{1,5}$/i, "").replace(/[\s_.\-–]+/g, " ").trim();
  const title = words.charAt(0).toUpperCase() + words.slice(1);
  return title.slice(0, 120) || "Untitled";
}
