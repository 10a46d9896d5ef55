/** Asking before something is lost. */

/** Show the dialog with these words; resolve to whether the person agreed. Escape and the backdrop mean no. */
export function confirmed(dialog, { title, text, act, keep }) {
  for (const [name, words] of Object.entries({ title, text, act, keep })) {
    dialog.querySelector(`[data-${name}]`).textContent = words;
  }
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "act"), { once: true });
  });
}
