/** One tab of a browser sends an upload; the others wait, and go on should it be closed. */

/**
 * Run `work(waited)` while no other tab holds `name`, and return what it returned; `waited` tells whether one may have
 * held it before. `onWait` is called before a wait. Browsers lock in secure contexts only; elsewhere both tabs send,
 * as two devices do, and look at the ledger where they meet.
 */
export async function alone(name, work, { signal, onWait }) {
  if (!navigator.locks) return work(true);
  const { held } = await navigator.locks.query();
  const waited = held.some((lock) => lock.name === name);
  if (waited) onWait();
  return navigator.locks.request(name, { signal }, () => work(waited));
}
