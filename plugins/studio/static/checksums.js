/** SHA-256 as the upload API takes it: base64. */

/** Whether this page may hash: browsers allow it on https and on the machine itself. */
export const CAN_HASH = globalThis.crypto?.subtle !== undefined;

export async function sha256Of(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return btoa(String.fromCharCode(...digest));
}
