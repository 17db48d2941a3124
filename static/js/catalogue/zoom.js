// "Zoom" below a record's picture: the picture in a dialogue that fills the window. The link works without it.

import { loadLibrary, makeViewer } from "./viewer.js";

const STEP = 1.5;
const KEY_STEP = 0.1; // of what is seen
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function button(text, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "button";
  element.textContent = text;
  element.addEventListener("click", act);
  return element;
}

function openDialogue(name) {
  const dialogue = document.createElement("dialog");
  dialogue.className = "zoom-dialogue";
  dialogue.setAttribute("aria-label", `${name}, enlarged`);
  const stage = document.createElement("div");
  stage.className = "zoom-stage";
  const controls = document.createElement("div");
  controls.className = "zoom-controls";
  dialogue.append(controls, stage);
  document.body.append(dialogue);
  dialogue.addEventListener("close", () => dialogue.remove());
  dialogue.showModal(); // Escape closes it, and the focus goes back to the link
  return { dialogue, stage, controls };
}

function move(OpenSeadragon, { viewport }, key) {
  const zoom = { "+": STEP, "=": STEP, "-": 1 / STEP }[key];
  const { width, height } = viewport.getBounds();
  if (zoom) viewport.zoomBy(zoom);
  else if (key === "0") viewport.goHome();
  else if (KEYS[key])
    viewport.panBy(new OpenSeadragon.Point(KEY_STEP * KEYS[key][0] * width, KEY_STEP * KEYS[key][1] * height));
  else return false;
  viewport.applyConstraints();
  return true;
}

async function zoom(link) {
  const OpenSeadragon = await loadLibrary(link.dataset.viewer);
  const { dialogue, stage, controls } = openDialogue(link.dataset.name);
  const viewer = makeViewer(OpenSeadragon, stage, link.dataset);
  viewer.setKeyboardNavEnabled(false); // keys work wherever the focus is in the dialogue
  viewer.canvas.tabIndex = -1;
  controls.append(
    button("Close", () => dialogue.close()),
    button("Zoom in", () => move(OpenSeadragon, viewer, "+")),
    button("Zoom out", () => move(OpenSeadragon, viewer, "-")),
    button("Whole picture", () => move(OpenSeadragon, viewer, "0")),
  );
  controls.firstElementChild.focus();
  dialogue.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && move(OpenSeadragon, viewer, event.key)) {
      event.preventDefault();
    }
  });
  dialogue.addEventListener("close", () => {
    viewer.destroy();
    link.focus();
  });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-viewer]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  zoom(link).catch(() => location.assign(link.href));
});
