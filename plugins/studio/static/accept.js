/** What can be said about a file before its first byte is sent. */

import { size } from "studio/format.js";

// Browsers do not know the type of every container; these are taken by name.
const EXTENSIONS = /\.(3g2|3gp|asf|avi|flv|m2ts|m4v|mk3d|mkv|mov|mp4|mpe?g|mts|mxf|ogv|ts|vob|webm|wmv)$/i;

/** Return why the file cannot be uploaded, as a sentence, or null; `maxSize` is in bytes. */
export function refusalOf(file, maxSize) {
  if (file.size === 0) return `${file.name} is empty, or a folder. Choose video files.`;
  if (file.size > maxSize) return `${file.name} has ${size(file.size)}; the limit on this site is ${size(maxSize)}.`;
  const isVideo = file.type.startsWith("video/") || EXTENSIONS.test(file.name);
  if (isVideo || file.type === "" || file.type === "application/octet-stream") return null;
  return `${file.name} is not a video (${file.type}). Choose a file such as MP4, MOV, MKV or WebM.`;
}
