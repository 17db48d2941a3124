// "Zoom" below a record's picture: the picture in a dialogue that fills the window. The link works without it.

import { openEnlarged } from "./enlarged.js";

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-viewer]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const { viewer, picture, tiles, name } = link.dataset;
  const dialogue = openEnlarged({ library: viewer, failed: () => location.assign(link.href) });
  dialogue.show([{ src: picture, alt: name, dataset: { tiles } }], 0, false);
});
