// A practice pair: the keys of the labelling page, and its zoom. Everything else is a form and links.

import { onShortcut, showShortcuts } from "./keys.js";

const page = document.getElementById("labelling");
let zoom = null; // while both pictures are zoomed: a promise of what closes them

function showZoom(on) {
  for (const button of page.querySelectorAll("[data-zoom]")) button.setAttribute("aria-pressed", String(on));
}

function leaveZoom() {
  zoom?.then(
    (close) => close(),
    () => {},
  );
  zoom = null;
  showZoom(false);
}

function toggleZoom() {
  if (zoom) return leaveZoom();
  // A picture under its cover is not enlarged.
  const isSeen = (stage) => [...stage.querySelectorAll(".shown")].some((picture) => picture.checkVisibility());
  const stages = [...page.querySelectorAll("[data-stage]")].filter(isSeen);
  if (!stages.length) return;
  showZoom(true);
  zoom = import("./zoom.js").then(({ zoomTogether }) => zoomTogether(stages, page.dataset.viewer));
  zoom.catch(leaveZoom);
}

let isSent = false; // a second press, while the first travels, is none

document.getElementById("answer")?.addEventListener("submit", (event) => {
  if (isSent) event.preventDefault();
  isSent = true;
});
// Come back to by the browser's Back, the page as it was would take no answer.
addEventListener("pageshow", () => (isSent = false));

onShortcut((action) => {
  if (action === "zoom") toggleZoom();
  else page.querySelector(`[data-action="${action}"]`)?.click();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-zoom]")) toggleZoom();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") leaveZoom();
});

showShortcuts();
