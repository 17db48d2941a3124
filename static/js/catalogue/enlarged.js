// Pictures over the whole window: one, or the two of a pair beside each other, moved together.

import { gettext, interpolate } from "../site/words.js";

/** Open the dialogue, still empty; `show` fills it. Escape closes it, and the focus goes back to where it was.
    `library`: the viewer's address; `closed()` hears of its end, `failed()` that no viewer can be had. */
export function openEnlarged({ library, closed = () => {}, failed }) {
  let zoom = null; // a promise of what moves and ends the pictures that are shown
  let shown = { pictures: [], side: 0, both: false };
  const element = document.createElement("dialog");
  element.className = "enlarged";
  const views = document.createElement("div");
  views.className = "enlarged-views";
  const bothButton = button(gettext("Both together"), () => show(shown.pictures, shown.side, !shown.both));
  const closeButton = button(gettext("Close"), () => element.close());
  const tools = document.createElement("div");
  tools.className = "enlarged-tools";
  tools.append(
    bothButton,
    button(gettext("Zoom in"), () => zoom?.then(({ move }) => move("+"))),
    button(gettext("Zoom out"), () => zoom?.then(({ move }) => move("-"))),
    button(gettext("Whole picture"), () => zoom?.then(({ move }) => move("Home"))),
    closeButton,
  );
  element.append(views, tools);
  document.body.append(element);
  element.addEventListener("close", () => {
    end();
    element.remove();
    closed();
  });
  element.showModal();
  closeButton.focus();

  function end() {
    zoom?.then(
      (open) => open.end(),
      () => {},
    );
    zoom = null;
  }

  /** `pictures` of all sides, null where a side has none that may be enlarged; the one of `side`, or `both`. */
  function show(pictures, side, both) {
    end();
    const several = pictures.length > 1 && pictures.every(Boolean);
    shown = { pictures, side, both: both && several };
    const places = (shown.both ? pictures : [pictures[side]]).map((picture) => {
      const holder = document.createElement("div");
      holder.className = "enlarged-stage";
      return { holder, picture };
    });
    views.replaceChildren(...places.map(({ holder }) => holder));
    bothButton.hidden = !several;
    bothButton.setAttribute("aria-pressed", String(shown.both));
    const name = places.map(({ picture }) => picture.alt).join(", ");
    element.setAttribute("aria-label", interpolate(gettext("%(name)s, enlarged"), { name }));
    // Large, and few ask for it: loaded when somebody does.
    zoom = import("./together.js").then(({ zoomTogether }) => zoomTogether(places, library, 1));
    zoom.catch(() => {
      element.close();
      failed();
    });
  }

  return {
    show,
    close: () => element.close(),
    get side() {
      return shown.side;
    },
    get both() {
      return shown.both;
    },
  };
}

function button(text, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "button";
  element.textContent = text;
  element.addEventListener("click", act);
  return element;
}
