// A practice pair: the keys of the labelling page, and what it does with pictures and texts. Everything else is a form
// and links.

import { onShortcut, showShortcuts } from "./keys.js";
import { actOnPictures, leavePictures, watchPictures } from "./pictures.js";

const page = document.getElementById("labelling");

watchPictures({
  pair: () => page,
  library: page.dataset.viewer,
  failed: (sentence) => {
    const problem = document.getElementById("problem");
    problem.querySelector("p").textContent = sentence;
    problem.hidden = false;
  },
});

let isSent = false; // a second press, while the first travels, is none

document.getElementById("answer")?.addEventListener("submit", (event) => {
  if (isSent) event.preventDefault();
  isSent = true;
});
// Come back to by the browser's Back, the page as it was would take no answer.
addEventListener("pageshow", () => (isSent = false));

onShortcut((action) => {
  if (!actOnPictures(action)) page.querySelector(`[data-action="${action}"]`)?.click();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") leavePictures();
});

showShortcuts();
