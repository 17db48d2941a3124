// A box on a picture, drawn with a pointer or given by its edges in percent.
"use strict";

(() => {
  const form = document.querySelector("[data-part]");
  if (!form) return;
  const stage = form.querySelector("[data-stage]");
  const hidden = form.querySelector("[data-box]");
  const drawn = form.querySelector("[data-drawn]");
  const edges = form.querySelector("[data-edges]");
  const inputs = Object.fromEntries([...edges.querySelectorAll("[data-edge]")].map((each) => [each.dataset.edge, each]));
  const LEAST = 0.01;
  edges.hidden = false;

  let [left, top, width, height] = hidden.value ? hidden.value.split(",").map(Number) : [0.25, 0.25, 0.5, 0.5];

  function show({ write = true } = {}) {
    left = Math.min(Math.max(left, 0), 1 - LEAST);
    top = Math.min(Math.max(top, 0), 1 - LEAST);
    width = Math.min(Math.max(width, LEAST), 1 - left);
    height = Math.min(Math.max(height, LEAST), 1 - top);
    for (const [name, value] of Object.entries({ x: left, y: top, width, height })) drawn.setAttribute(name, 100 * value);
    hidden.value = [left, top, width, height].map((each) => each.toFixed(4)).join(",");
    if (!write) return;
    for (const [name, value] of Object.entries({ left, top, width, height })) inputs[name].value = Math.round(100 * value);
  }

  const at = (event) => {
    const area = stage.getBoundingClientRect();
    return [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height].map((each) =>
      Math.min(Math.max(each, 0), 1),
    );
  };
  let start = null;
  stage.addEventListener("pointerdown", (event) => {
    start = at(event);
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  stage.addEventListener("pointermove", (event) => {
    if (!start) return;
    const [x, y] = at(event);
    [left, top] = [Math.min(x, start[0]), Math.min(y, start[1])];
    [width, height] = [Math.abs(x - start[0]), Math.abs(y - start[1])];
    show();
  });
  for (const ended of ["pointerup", "pointercancel"]) stage.addEventListener(ended, () => (start = null));
  edges.addEventListener("change", () => {
    [left, top, width, height] = ["left", "top", "width", "height"].map((name) => Number(inputs[name].value) / 100);
    show();
  });
  show();
})();
