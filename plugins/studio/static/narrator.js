/** What happens to an upload, for those who listen to the page. */

import { sentenceOf } from "studio/failures.js";
import { obstacleOf } from "studio/moment.js";

const WORDS = {
  paused: "Paused.",
  finishing: "All is sent. Checking that all is there.",
  accepted: "The file is complete.",
};

/** Call `say(sentence)` whenever the upload's state changes in a way that a listener should know. */
export function narrate(upload, say) {
  let [state, stopped] = [upload.state, false];
  upload.addEventListener("change", () => {
    const obstacle = obstacleOf(upload);
    if (upload.state !== state && upload.state in WORDS) say(WORDS[upload.state]);
    else if (upload.state !== state && upload.state === "failed") say(sentenceOf(upload.error));
    else if (obstacle && !stopped) say(obstacle);
    else if (!obstacle && stopped && upload.active) say("It goes on.");
    [state, stopped] = [upload.state, obstacle !== ""];
  });
}
