// Both pictures enlarged together: whoever drags, scrolls or pinches one moves the other by the same share of it.

import { loadLibrary, makeViewer } from "./viewer.js";

const KEY_STEP = 0.1; // of what is seen
const KEYS = {
  ArrowLeft: [-1, 0, 1],
  ArrowRight: [1, 0, 1],
  ArrowUp: [0, -1, 1],
  ArrowDown: [0, 1, 1],
  "+": [0, 0, 1.3],
  "=": [0, 0, 1.3],
  "-": [0, 0, 1 / 1.3],
};
const HOME = "Home"; // the whole picture

function openViewer(OpenSeadragon, { holder, picture: { src, alt, dataset } }) {
  const element = document.createElement("div");
  element.className = "zoom-view";
  holder.append(element);
  const viewer = makeViewer(OpenSeadragon, element, { tiles: dataset.tiles, picture: src, name: alt });
  viewer.setKeyboardNavEnabled(false); // keys work from anywhere
  viewer.canvas.tabIndex = -1;
  return viewer;
}

/** Where a viewer looks, in shares of its picture: comparable between pictures of any shape. */
function lookOf({ viewport, world }) {
  const { width, height } = world.getItemAt(0).getBounds();
  const { x, y } = viewport.getCenter(true);
  return { x: x / width, y: y / height, zoom: viewport.getZoom(true) / viewport.getHomeZoom() };
}

function lookLike(OpenSeadragon, { viewport, world }, { x, y, zoom }) {
  const { width, height } = world.getItemAt(0).getBounds();
  viewport.zoomTo(zoom * viewport.getHomeZoom(), null, true);
  viewport.panTo(new OpenSeadragon.Point(x * width, y * height), true);
}

/** Enlarge pictures in their places, each {holder, picture}, beginning at `firstZoom` times the whole; resolves to
    `move(key)`, which does what the key would, and `end()`. */
export async function zoomTogether(places, libraryAddress, firstZoom) {
  const OpenSeadragon = await loadLibrary(libraryAddress);
  const viewers = places.map((place) => openViewer(OpenSeadragon, place));
  await Promise.all(viewers.map((viewer) => new Promise((resolve) => viewer.addOnceHandler("open", resolve))));
  let leading = viewers[0];
  for (const viewer of viewers) {
    for (const touch of ["canvas-press", "canvas-scroll", "canvas-pinch"]) {
      viewer.addHandler(touch, () => (leading = viewer));
    }
    viewer.addHandler("viewport-change", () => {
      if (viewer !== leading) return;
      for (const other of viewers) if (other !== viewer) lookLike(OpenSeadragon, other, lookOf(viewer));
    });
  }
  const move = (key) => {
    const { viewport } = (leading = viewers[0]);
    if (key === HOME) {
      viewport.goHome();
      return;
    }
    const [right, down, closer] = KEYS[key];
    const { width, height } = viewport.getBounds();
    viewport.zoomBy(closer);
    viewport.panBy(new OpenSeadragon.Point(KEY_STEP * right * width, KEY_STEP * down * height));
    viewport.applyConstraints();
  };
  const press = (event) => {
    if (event.key !== HOME && !KEYS[event.key]) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("textarea, select, input:not([type=checkbox])")) return;
    event.preventDefault();
    move(event.key);
  };
  document.addEventListener("keydown", press);
  if (firstZoom !== 1) leading.viewport.zoomTo(firstZoom * leading.viewport.getHomeZoom());
  const end = () => {
    document.removeEventListener("keydown", press);
    for (const viewer of viewers) viewer.destroy();
    for (const { holder } of places) holder.querySelector(".zoom-view").remove();
  };
  return { move, end };
}
