// What stands over the points: names of clusters, thumbnails where few points are left, and what a record is.

const MOST_THUMBNAILS = 60;
const NEAR = 1500; // with more points than these in the window, thumbnails would hide them
const CELL = 72; // pixels that a thumbnail has for itself
const LABEL_HEIGHT = 20;

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text) made.textContent = text;
  return made;
}

function put(item, x, y) {
  item.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px) translate(-50%, -50%)`;
}

export function picture(card) {
  if (card.thumbnail) {
    const image = element("img", "map-picture");
    image.alt = "";
    image.src = card.thumbnail;
    return image;
  }
  return element("span", "map-picture map-no-picture", card.sensitive ? "Sensitive" : "No picture");
}

export class Overlay {
  constructor(stage, points, cards) {
    this.layer = stage.querySelector(".map-overlay");
    this.points = points;
    this.cards = cards;
    this.thumbnails = new Map();
    this.labels = points.clusters.map((cluster) => {
      const label = element("span", "map-label", cluster.name);
      label.dir = "auto";
      label.hidden = true;
      this.layer.append(label);
      return label;
    });
    this.widths = this.labels.map((label) => 8 * label.textContent.length);
  }

  // project(x, y) gives pixels; width, height: of the window onto the map.
  draw({ project, width, height }) {
    const taken = [];
    this.points.clusters.forEach(({ x, y }, place) => {
      const [left, top] = project(x, y);
      const half = this.widths[place] / 2;
      const free =
        left > half && left < width - half && top > LABEL_HEIGHT && top < height - LABEL_HEIGHT &&
        !taken.some((other) => Math.abs(other.left - left) < other.half + half && Math.abs(other.top - top) < LABEL_HEIGHT);
      this.labels[place].hidden = !free;
      if (!free) return;
      taken.push({ left, top, half });
      put(this.labels[place], left, top - LABEL_HEIGHT / 2);
    });
    for (const [point, image] of this.thumbnails) {
      put(image, ...project(this.points.x(point), this.points.y(point)));
    }
  }

  // Once the map stands still. box: what of the map is seen.
  async settle(view, box) {
    const seen = this.points.index.range(...box);
    const chosen = new Map();
    if (seen.length <= NEAR) {
      const cells = new Set();
      for (const point of [...this.thumbnails.keys()].filter((each) => seen.includes(each)).concat(seen)) {
        const [x, y] = view.project(this.points.x(point), this.points.y(point));
        const cell = `${Math.floor(x / CELL)},${Math.floor(y / CELL)}`;
        if (cells.has(cell) && !chosen.has(point)) continue;
        cells.add(cell);
        chosen.set(point, this.points.keys[point]);
        if (chosen.size === MOST_THUMBNAILS) break;
      }
    }
    this.wanted = chosen;
    const cards = chosen.size ? await this.cards.of([...chosen.values()]) : [];
    if (this.wanted !== chosen) return; // the map went on meanwhile
    const byKey = new Map(cards.map((card) => [card.key, card]));
    for (const [point, image] of this.thumbnails) {
      if (!chosen.has(point)) {
        image.remove();
        this.thumbnails.delete(point);
      }
    }
    for (const [point, key] of chosen) {
      const card = byKey.get(key);
      if (!card?.thumbnail || this.thumbnails.has(point)) continue;
      const image = picture(card);
      image.classList.add("map-thumbnail");
      this.layer.prepend(image);
      this.thumbnails.set(point, image);
    }
  }
}

export function recordCard(card) {
  const link = element("a", "map-record");
  link.href = card.url;
  const words = element("span", "map-record-words");
  const name = element("span", "object-name", card.name);
  const source = element("span", "source", `${card.collection} · ${card.record_id}`);
  name.dir = "auto";
  source.dir = "auto";
  words.append(name, source);
  link.append(picture(card), words);
  return link;
}

export function legendList(legend, other, mode, total) {
  const list = element("ul", "map-legend-list");
  const counted = legend.reduce((sum, entry) => sum + entry.count, 0);
  const entries = counted < total ? [...legend, { ...other, name: "Other", count: total - counted }] : legend;
  for (const entry of entries) {
    const row = element("li", "");
    const dot = element("span", "map-dot");
    dot.style.backgroundColor = entry[mode];
    const name = element("span", "", entry.name);
    name.dir = "auto";
    row.append(dot, name, element("span", "soft", entry.count.toLocaleString("en-GB")));
    list.append(row);
  }
  return list;
}
