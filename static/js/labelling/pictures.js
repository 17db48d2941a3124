// What can be done with the two records on the page: pictures zoomed in their places or enlarged over the window, the
// next picture of one, the whole of a long text. The same while labelling and while practising.

import { openEnlarged } from "../catalogue/enlarged.js";
import { gettext } from "../site/words.js";

let shown = () => null; // the element of the pair
let viewer = "";
let sayProblem = () => {};
let zoom = null; // while pictures are zoomed: a promise of what moves and ends it
let dialogue = null; // while one of them fills the window

/** `pair()` is the element shown; `library` the viewer's address; `failed(sentence)` says what did not work. */
export function watchPictures({ pair, library, failed }) {
  shown = pair;
  viewer = library;
  sayProblem = failed;
}

// A picture under its cover is not enlarged, nor one that another of its record hides.
const pictureOn = (stage) => [...stage.querySelectorAll(".shown")].find((picture) => picture.checkVisibility());
const stages = () => [...shown().querySelectorAll("[data-stage]")];

/** Act on a key. Returns whether it was one of these. */
export function actOnPictures(action) {
  if (action === "zoom") {
    if (dialogue) enlarge(dialogue.side, !dialogue.both);
    else toggleZoom();
  } else if (action === "picture-1" || action === "picture-2") showNextPicture(Number(action.at(-1)) - 1);
  else if (action === "text") toggleTexts();
  else return false;
  return true;
}

export function leavePictures() {
  leaveZoom();
  dialogue?.close();
}

// --- In their places, together ------------------------------------------------------------------

const sayNoViewer = () =>
  sayProblem(gettext("The pictures cannot be enlarged without a connection: try again when it is back."));

function toggleZoom() {
  if (zoom) {
    leaveZoom();
    return;
  }
  const places = stages()
    .map((stage) => ({ holder: stage, picture: pictureOn(stage) }))
    .filter(({ picture }) => picture);
  if (!places.length) return;
  markZoom(true);
  // Large, and few ask for it: loaded when somebody does.
  zoom = import("../catalogue/together.js").then(({ zoomTogether }) => zoomTogether(places, viewer, 2));
  zoom.catch(() => {
    leaveZoom();
    sayNoViewer();
  });
}

function leaveZoom() {
  zoom?.then(
    ({ end }) => end(),
    () => {},
  );
  zoom = null;
  markZoom(false);
}

function markZoom(on) {
  for (const button of document.querySelectorAll("[data-zoom]")) button.setAttribute("aria-pressed", String(on));
}

// --- Over the whole window: one, or both --------------------------------------------------------

function enlarge(side, both) {
  const pictures = stages().map(pictureOn);
  if (!pictures[side]) return;
  leaveZoom();
  dialogue ??= openEnlarged({ library: viewer, closed: () => (dialogue = null), failed: sayNoViewer });
  dialogue.show(pictures, side, both);
}

// --- The next picture, the whole text -----------------------------------------------------------

function showNextPicture(side) {
  const choices = [...(stages()[side]?.querySelectorAll(".picture-choice input") ?? [])];
  if (!choices.length) return;
  const next = choices[(choices.findIndex(({ checked }) => checked) + 1) % choices.length];
  const { side: large, both } = dialogue ?? {};
  if (!dialogue) leaveZoom();
  next.checked = true;
  if (dialogue) enlarge(both || large === side ? large : side, both);
}

/** All of them, or none: whoever reads one description compares it with the other. */
function toggleTexts() {
  const folds = [...shown().querySelectorAll(".fold")];
  if (!folds.length) return;
  const open = folds.some((fold) => !fold.open);
  for (const fold of folds) fold.open = open;
  if (open) folds[0].closest(".caption-text").focus({ preventScroll: true }); // arrow keys scroll it
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-zoom]")) {
    toggleZoom();
    return;
  }
  const stage = event.target.closest("[data-enlarge], .shown")?.closest("[data-stage]");
  if (stage) enlarge(stages().indexOf(stage), false);
});
// An open text starts at its beginning, whatever was scrolled before.
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.matches?.(".fold")) target.closest(".caption-text").scrollTop = 0;
  },
  true,
);
