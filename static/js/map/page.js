// The map of a model's records: deck.gl draws the points, the rest stands over them. Without WebGL, or where loading
// fails, the server's picture takes its place; the table of clusters is below in any case.

import { Cards, Points } from "./points.js";
import { Overlay, legendList, recordCard } from "./overlay.js";

const MARGIN = 24;
const SETTLED_MS = 160;
const REACH = 14; // pixels from a point within which the pointer means it
const LISTED = 24;
const CLOSEST = 9; // doublings

const card = document.getElementById("record-map");
const stage = card.querySelector(".map-stage");
const says = document.getElementById("map-says");
const colourChoice = document.getElementById("map-colour");
const scheme = matchMedia("(prefers-color-scheme: dark)");

const mode = () => {
  const theme = document.documentElement.dataset.theme;
  return (theme ? theme === "dark" : scheme.matches) ? "dark" : "light";
};

function fallBack(reason) {
  stage.hidden = true;
  const still = card.querySelector(".map-still");
  const image = document.createElement("img");
  image.src = card.dataset.file.replace("map.svg", "map.png");
  image.alt = `${stage.getAttribute("aria-label")}; the table below lists its clusters.`;
  const words = document.createElement("span");
  words.className = "soft";
  words.textContent = `${reason} This is its picture.`;
  still.replaceChildren(words, image);
  document.getElementById("map-keys").hidden = true;
}

function hasWebGL() {
  return Boolean(document.createElement("canvas").getContext("webgl2"));
}

class MapPage {
  constructor(points) {
    this.points = points;
    this.cards = new Cards(card.dataset.records);
    this.overlay = new Overlay(stage, points, this.cards);
    this.focused = -1;
    this.chosen = [];
    this.deck = new window.deck.Deck({
      parent: stage.querySelector(".map-canvas"),
      views: new window.deck.OrthographicView({ id: "map", flipY: true }),
      controller: { keyboard: false, inertia: 200 },
      viewState: this.wholeView(),
      useDevicePixels: true,
      layers: [],
      getCursor: ({ isDragging }) => (isDragging ? "grabbing" : "grab"),
      onViewStateChange: ({ viewState }) => this.look(viewState),
      onError: (error) => console.warn("The map could not be drawn:", error),
    });
    this.view = this.wholeView();
    this.isWhole = true;
  }

  size() {
    return [stage.clientWidth || 1, stage.clientHeight || 1];
  }

  wholeView() {
    const zoom = Math.log2((Math.min(...this.size()) - 2 * MARGIN) / this.points.side);
    const middle = this.points.side / 2;
    return { target: [middle, middle, 0], zoom, minZoom: zoom - 1, maxZoom: zoom + CLOSEST };
  }

  project = (x, y) => {
    const scale = 2 ** this.view.zoom;
    const [width, height] = this.size();
    return [(x - this.view.target[0]) * scale + width / 2, (y - this.view.target[1]) * scale + height / 2];
  };

  unproject(left, top) {
    const scale = 2 ** this.view.zoom;
    const [width, height] = this.size();
    return [(left - width / 2) / scale + this.view.target[0], (top - height / 2) / scale + this.view.target[1]];
  }

  look(view, { whole = false } = {}) {
    this.view = view;
    this.isWhole = whole;
    this.draw();
  }

  draw() {
    const { ScatterplotLayer } = window.deck;
    const nearness = this.view.zoom - this.view.minZoom - 1;
    const least = this.points.count > 20_000 ? 1.1 : this.points.count > 1_000 ? 2.2 : 4;
    const radius = Math.min(6, least * 2 ** (nearness / 2.5));
    const marked = [...this.chosen.slice(0, 20_000), ...(this.focused >= 0 ? [this.focused] : [])];
    this.deck.setProps({
      viewState: this.view,
      layers: [
        new ScatterplotLayer({
          id: "points",
          data: this.data,
          radiusUnits: "pixels",
          getRadius: 1,
          radiusScale: radius,
          stroked: false,
        }),
        new ScatterplotLayer({
          id: "marked",
          data: marked,
          getPosition: (point) => [this.points.x(point), this.points.y(point)],
          radiusUnits: "pixels",
          getRadius: (point) => (point === this.focused ? 9 : radius + 1.5),
          lineWidthUnits: "pixels",
          getLineWidth: (point) => (point === this.focused ? 3 : 1.5),
          filled: false,
          stroked: true,
          getLineColor: mode() === "dark" ? [236, 235, 231] : [29, 30, 32],
          updateTriggers: { getRadius: [radius, this.focused], getLineWidth: this.focused, getLineColor: mode() },
        }),
      ],
    });
    const [width, height] = this.size();
    this.overlay.draw({ project: this.project, width, height });
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), SETTLED_MS);
  }

  settle() {
    const [width, height] = this.size();
    const box = [...this.unproject(0, 0), ...this.unproject(width, height)];
    this.overlay.settle({ project: this.project }, box).then(
      () => this.overlay.draw({ project: this.project, width, height }),
      (error) => console.warn("Thumbnails could not be loaded:", error),
    );
  }

  // --- Colours ---------------------------------------------------------------------------------

  async colour() {
    const { other } = colourChoice.selectedOptions[0].dataset;
    const query = new URLSearchParams({ colour: colourChoice.value, ...(other && { other }) });
    try {
      this.colouring = await this.points.colouring(colourChoice.value, other && `${card.dataset.colours}&${query}`);
    } catch (error) {
      says.textContent = `The colours could not be loaded: ${error.message}.`;
      return;
    }
    for (const link of card.querySelectorAll("[data-form]")) {
      const address = new URL(link.href);
      address.searchParams.delete("other");
      for (const [name, value] of query) address.searchParams.set(name, value);
      link.href = address;
    }
    this.paint();
  }

  paint() {
    const bytes = this.points.painted(this.colouring, mode(), this.points.count > 20_000 ? 190 : 225);
    this.data = {
      length: this.points.count,
      attributes: {
        getPosition: { value: this.points.positions, size: 2 },
        getFillColor: { value: bytes, size: 4 },
      },
    };
    const legend = legendList(this.colouring.legend, this.points.other, mode(), this.points.count);
    card.querySelector(".map-legend").replaceChildren(legend);
    this.draw();
  }

  // --- One record ------------------------------------------------------------------------------

  async focus(point, { speak = false, show = false } = {}) {
    if (point === this.focused) return;
    this.focused = point;
    if (show && point >= 0) this.bringIntoView(point);
    this.draw();
    clearTimeout(this.asking);
    const shown = card.querySelector(".map-focus");
    shown.setAttribute("aria-busy", String(point >= 0)); // the card is still another record's
    if (point < 0) {
      shown.replaceChildren();
      return;
    }
    this.asking = setTimeout(async () => {
      const [found] = await this.cards.of([this.points.keys[point]]).catch(() => []);
      if (this.focused !== point) return;
      shown.replaceChildren(...(found ? [recordCard(found)] : []));
      shown.setAttribute("aria-busy", "false");
      if (speak && found) says.textContent = `${found.name}, ${found.collection}`;
    }, 60);
  }

  bringIntoView(point) {
    const [width, height] = this.size();
    const [left, top] = this.project(this.points.x(point), this.points.y(point));
    if (left > MARGIN && top > MARGIN && left < width - MARGIN && top < height - MARGIN) return;
    this.view = { ...this.view, target: [this.points.x(point), this.points.y(point), 0] };
  }

  async open(point) {
    const [found] = await this.cards.of([this.points.keys[point]]);
    if (found) window.location.href = found.url;
  }

  at(event) {
    const box = stage.getBoundingClientRect();
    const [left, top] = [event.clientX - box.left, event.clientY - box.top];
    return { left, top, point: this.points.nearest(...this.unproject(left, top), REACH / 2 ** this.view.zoom) };
  }

  zoomBy(step) {
    const zoom = Math.min(this.view.maxZoom, Math.max(this.view.minZoom, this.view.zoom + step));
    const target = this.focused >= 0 ? [this.points.x(this.focused), this.points.y(this.focused), 0] : this.view.target;
    this.look({ ...this.view, zoom, target });
  }

  // --- Many records ----------------------------------------------------------------------------

  async choose(points) {
    this.chosen = points;
    this.draw();
    const side = card.querySelector(".map-chosen");
    if (!points.length) {
      side.replaceChildren();
      return;
    }
    const heading = document.createElement("h2");
    heading.textContent = `${points.length.toLocaleString("en-GB")} record${points.length === 1 ? "" : "s"} chosen`;
    const list = document.createElement("ul");
    list.className = "map-list";
    const keep = document.getElementById("map-keep").content.cloneNode(true);
    keep.querySelector("[name=keys]").value = points.map((point) => this.points.keys[point]).join(",");
    side.replaceChildren(heading, keep, list);
    const cards = await this.cards.of(points.slice(0, LISTED).map((point) => this.points.keys[point])).catch(() => []);
    if (this.chosen !== points) return;
    for (const each of cards) {
      const row = document.createElement("li");
      row.append(recordCard(each));
      list.append(row);
    }
    if (points.length > LISTED) side.append(`The first ${LISTED} are listed.`);
  }

  lasso(on) {
    this.lassoing = on;
    this.corners = [];
    stage.classList.toggle("map-lassoing", on);
    card.querySelector('[data-do="lasso"]').setAttribute("aria-pressed", on);
    this.deck.setProps({ controller: on ? false : { keyboard: false, inertia: 200 } });
    this.outline();
  }

  outline() {
    const path = this.corners.length ? `M${this.corners.map((corner) => corner.join(" ")).join("L")}Z` : "";
    stage.querySelector(".map-lasso path").setAttribute("d", path);
  }

  // --- Pointer and keys ------------------------------------------------------------------------

  listen() {
    let pressed = null;
    stage.addEventListener("pointerdown", (event) => {
      pressed = [event.clientX, event.clientY];
      if (!this.lassoing) return;
      stage.setPointerCapture(event.pointerId);
      const { left, top } = this.at(event);
      this.corners = [[left, top]];
    });
    stage.addEventListener("pointermove", (event) => {
      if (this.lassoing && this.corners.length) {
        const { left, top } = this.at(event);
        this.corners.push([Math.round(left), Math.round(top)]);
        this.outline();
      } else if (!event.buttons) {
        this.focus(this.at(event).point);
      }
    });
    stage.addEventListener("pointerup", (event) => {
      if (this.lassoing && this.corners.length) {
        const corners = this.corners.map(([left, top]) => this.unproject(left, top));
        this.lasso(false);
        if (corners.length > 2) this.choose(this.points.inside(corners));
        return;
      }
      const still = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) < 4;
      pressed = null;
      const { point } = this.at(event);
      if (!still || point < 0) return;
      // A finger cannot hover: its first touch shows the record, the link beside the map opens it.
      if (event.pointerType === "mouse") this.open(point);
      else this.focus(point, { speak: true });
    });
    stage.addEventListener("keydown", (event) => this.press(event));
    for (const button of card.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => this.tools[button.dataset.do]());
    }
    colourChoice.addEventListener("change", () => this.colour());
    scheme.addEventListener("change", () => this.paint());
    new MutationObserver(() => this.paint()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    new ResizeObserver(() => (this.isWhole ? this.tools.whole() : this.draw())).observe(stage);
  }

  tools = {
    closer: () => this.zoomBy(1),
    farther: () => this.zoomBy(-1),
    whole: () => this.look(this.wholeView(), { whole: true }),
    lasso: () => this.lasso(!this.lassoing),
  };

  press(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (ways[event.key]) {
      const [x, y] = this.view.target;
      const next =
        this.focused < 0 ? this.points.nearest(x, y, 2 * this.points.side) : this.points.next(this.focused, ...ways[event.key]);
      if (next >= 0) this.focus(next, { speak: true, show: true });
    } else if (event.key === "Enter" && this.focused >= 0) this.open(this.focused);
    else if (event.key === "+" || event.key === "=") this.zoomBy(1);
    else if (event.key === "-") this.zoomBy(-1);
    else if (event.key === "Escape") {
      this.lasso(false);
      this.focus(-1);
      this.choose([]);
    } else return;
    event.preventDefault();
  }
}

async function start() {
  if (!hasWebGL()) {
    fallBack("This browser cannot draw the map: it has no WebGL.");
    return;
  }
  const points = await Points.load(card.dataset.points);
  if (!points.count) {
    fallBack("None of the map’s records may be shown any longer.");
    return;
  }
  stage.hidden = false;
  for (const part of card.querySelectorAll(".map-tools, .map-side")) part.hidden = false;
  const page = new MapPage(points);
  await page.colour();
  page.listen();
  stage.querySelector(".map-wait").remove();
  stage.dataset.ready = "";
}

start().catch((error) => {
  console.warn("The map could not be loaded:", error);
  fallBack("The map could not be loaded.");
});
