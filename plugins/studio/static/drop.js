/** The whole page takes files that are dropped on it. */

/** Show `target` while files are dragged over the window; hand what is dropped to `onFiles`. */
export function acceptDrops(target, onFiles) {
  const show = (event, visible) => {
    if (!event.dataTransfer?.types.includes("Files")) return false;
    event.preventDefault(); // else the browser opens the file and leaves the page
    target.hidden = !visible;
    return true;
  };
  addEventListener("dragenter", (event) => show(event, true));
  addEventListener("dragover", (event) => show(event, true));
  // Leaving one element for another fires too; only leaving the window has no element it goes to.
  addEventListener("dragleave", (event) => event.relatedTarget ?? show(event, false));
  addEventListener("drop", (event) => {
    if (show(event, false)) onFiles([...event.dataTransfer.files]);
  });
}
