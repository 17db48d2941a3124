// A viewer of one picture: OpenSeadragon, loaded when it is first asked for, under the page's content security policy.

import { gettext, interpolate } from "../site/words.js";

let library = null;

export function loadLibrary(address) {
  library ??= new Promise((resolve, reject) => {
    // OpenSeadragon adds a <style> unless it finds one; the policy refuses inline styles. This one styles nothing.
    const placeholder = document.createElementNS("urn:placeholder", "style");
    placeholder.setAttribute("data-openseadragon-mobile-css", "");
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.OpenSeadragon);
    script.onerror = () => {
      library = null;
      reject(new Error("The viewer cannot be loaded."));
    };
    document.head.append(placeholder, script);
  });
  return library;
}

/** Show a picture in `element`: by its tiles where it has an address of them, otherwise by its display. */
export function makeViewer(OpenSeadragon, element, { tiles, picture, name }) {
  const viewer = OpenSeadragon({
    element,
    tileSources: tiles || { type: "image", url: picture, buildPyramid: false },
    drawer: "canvas",
    showNavigationControl: false,
    animationTime: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.4,
    visibilityRatio: 0.5,
    minZoomImageRatio: 0.8,
    maxZoomPixelRatio: 4,
  });
  viewer.canvas.setAttribute("role", "img");
  viewer.canvas.setAttribute("aria-label", interpolate(gettext("%(name)s, enlarged"), { name }));
  // A picture whose tiles cannot be had is shown as large as it is here.
  viewer.addOnceHandler("open-failed", () => {
    if (tiles) viewer.open({ type: "image", url: picture, buildPyramid: false });
  });
  return viewer;
}
