// A map's points as the server sends them (models_ml/maps/arrays.py says how), where they are, and which are near.

const NO_COLOUR = 255;

async function binary(address) {
  const answer = await fetch(address);
  if (!answer.ok || answer.redirected) throw new Error(`the server answered ${answer.status}`);
  const buffer = await answer.arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  return { buffer, header: JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))), start: 4 + length };
}

// The same order at each visit, in which no collection is drawn over another: records come collection by collection.
function shuffled(count) {
  const order = Uint32Array.from({ length: count }, (_, place) => place);
  let state = 1;
  for (let place = count - 1; place > 0; place -= 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = state % (place + 1);
    [order[place], order[other]] = [order[other], order[place]];
  }
  return order;
}

export class Points {
  constructor({ buffer, header, start }) {
    const count = header.records;
    this.count = count;
    this.side = header.side;
    this.clusters = header.clusters;
    this.other = header.other;
    this.keys = new Uint32Array(buffer, start, count);
    this.places = new Uint16Array(buffer, start + 4 * count, 2 * count);
    this.legends = { collection: header.collections, term: header.terms };
    this.colours = {
      collection: new Uint8Array(buffer, start + 8 * count, count),
      term: new Uint8Array(buffer, start + 9 * count, count),
    };
    this.order = shuffled(count);
    this.positions = new Float32Array(2 * count);
    this.order.forEach((point, place) => this.positions.set([this.x(point), this.y(point)], 2 * place));
    this.index = new window.KDBush(count, 64, Uint16Array);
    for (let place = 0; place < 2 * count; place += 2) this.index.add(this.places[place], this.places[place + 1]);
    this.index.finish();
  }

  static async load(address) {
    return new Points(await binary(address));
  }

  x(point) {
    return this.places[2 * point];
  }

  y(point) {
    return this.places[2 * point + 1];
  }

  // The legend and each point's colour by `name`, or by another model's map.
  async colouring(name, address) {
    if (!address) return { legend: this.legends[name], colours: this.colours[name] };
    const { buffer, header, start } = await binary(address);
    const colours = new Uint8Array(buffer, start);
    if (colours.length !== this.count) throw new Error("the map has changed: load the page again");
    return { legend: header.legend, colours };
  }

  // Four bytes a point, of the legend's colours in the mode, in the order of `positions`.
  painted({ legend, colours }, mode, alpha) {
    const parse = (colour) => [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
    const paints = legend.map((entry) => parse(entry[mode]));
    const other = parse(this.other[mode]);
    const bytes = new Uint8Array(4 * this.count);
    for (let place = 0; place < this.count; place += 1) {
      const colour = colours[this.order[place]];
      bytes.set(colour === NO_COLOUR ? other : paints[colour], 4 * place);
      bytes[4 * place + 3] = alpha;
    }
    return bytes;
  }

  nearest(x, y, radius) {
    let best = -1;
    let least = Infinity;
    for (const point of this.index.within(x, y, radius)) {
      const distance = (this.x(point) - x) ** 2 + (this.y(point) - y) ** 2;
      if (distance < least) [best, least] = [point, distance];
    }
    return best;
  }

  // The nearest point that lies more this way than another; -1 where none does. dx, dy: -1, 0 or 1, y downwards.
  next(from, dx, dy) {
    const [x, y] = [this.x(from), this.y(from)];
    for (let radius = 64; radius < 2 * this.side; radius *= 2) {
      let best = -1;
      let least = radius ** 2;
      for (const point of this.index.within(x, y, radius)) {
        const [across, down] = [this.x(point) - x, this.y(point) - y];
        const along = across * dx + down * dy;
        const aside = Math.abs(across * dy) + Math.abs(down * dx);
        const distance = across ** 2 + down ** 2;
        if (along > 0 && along >= aside && distance < least) [best, least] = [point, distance];
      }
      if (best >= 0) return best;
    }
    return -1;
  }

  inside(corners) {
    const xs = corners.map(([x]) => x);
    const ys = corners.map(([, y]) => y);
    const found = this.index.range(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys));
    return found.filter((point) => {
      const [x, y] = [this.x(point), this.y(point)];
      let within = false;
      corners.forEach(([x1, y1], place) => {
        const [x2, y2] = corners[(place + 1) % corners.length];
        if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) within = !within;
      });
      return within;
    });
  }
}

// Names and thumbnails of records, asked for once each and many at a time.
export class Cards {
  constructor(address) {
    this.address = address;
    this.known = new Map();
  }

  async of(keys) {
    const wanted = keys.filter((key) => !this.known.has(key));
    if (wanted.length) {
      const answer = await fetch(`${this.address}?keys=${wanted.join(",")}`);
      if (!answer.ok || answer.redirected) throw new Error(`the server answered ${answer.status}`);
      for (const key of wanted) this.known.set(key, null); // what is not in the answer may not be shown
      for (const card of (await answer.json()).records) this.known.set(card.key, card);
    }
    return keys.map((key) => this.known.get(key)).filter(Boolean);
  }
}
