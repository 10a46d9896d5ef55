/** Buttons marked data-copy put their link on the clipboard. */

const SHOWN = 5000; // ms

/** Make the buttons in `root` work; `announcer` tells that it was done. */
export function enableCopying(root, announcer) {
  root.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    announcer.say("copy", "Link copied.");
    button.dataset.copied = "";
    setTimeout(() => delete button.dataset.copied, SHOWN);
  });
}
