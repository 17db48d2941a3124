// The labelling page: the next pairs wait in the browser, so that a key shows one at once while the answer travels.
// Without it the page works by plain links and a form.

import { askWithAnswers, keep, waiting } from "./labelling_outbox.js";
import { isWriting, onShortcut, showShortcuts } from "./labelling_keys.js";

// Nobody has seen a pair in less: such an answer is the second half of a double press on the pair before.
const LEAST_LOOK_MS = 150;
const SHOWN_PAIRS_KEPT = 30;
const ZOOM = 2.5;
const ARROW_STEP = 8; // per cent of the picture

const byId = (id) => document.getElementById(id);
const current = () => byId("labelling");
const page = byId("ahead").dataset;

// --- Pairs: held by address, with their pictures loaded ----------------------------------------

const held = new Map(); // address -> element, the ones shown before too, so that Back is as quick
const given = new Map(); // address -> the answer given to it on this page or waiting from an earlier one
let queue = []; // addresses of pairs without an answer, in order
let last = current().dataset.position; // of the furthest pair held
let turningTo = null; // what to do as soon as a pair or an address arrives

function hold(markup) {
  const holder = document.createElement("template");
  holder.innerHTML = markup;
  return holdElement(document.importNode(holder.content, true).firstElementChild);
}

function holdElement(pair) {
  const { url } = pair.dataset;
  held.set(url, pair);
  for (const picture of pair.querySelectorAll(".shown:not([loading=lazy])")) {
    // Decoded now and painted with the rest, so that a pair appears as a whole.
    picture.decode?.().then(
      () => (picture.decoding = "sync"),
      () => {},
    );
  }
  return url;
}

function holdAhead(url) {
  last = held.get(url).dataset.position;
  if (!given.has(url) && !queue.includes(url)) queue.push(url);
}

/** Pairs looked at long ago go; those ahead stay. */
function letGo() {
  for (const url of held.keys()) {
    if (held.size <= SHOWN_PAIRS_KEPT) return;
    if (url !== current().dataset.url && !queue.includes(url)) held.delete(url);
  }
}

function show(url, remember) {
  const pair = held.get(url);
  held.delete(url);
  held.set(url, pair); // now the most recent
  setZoom(false);
  if (pair !== current()) current().replaceWith(pair);
  markGiven(pair);
  byId("pair-count").querySelector("strong").textContent = pair.dataset.position;
  document.title = document.title.replace(/\d+/, pair.dataset.position);
  if (remember) history[remember](null, "", url);
  startLooking();
  letGo();
}

/** The answer that this browser knows of, which may not have reached the server yet. */
function markGiven(pair) {
  const answer = given.get(pair.dataset.url);
  if (!answer) return;
  for (const button of pair.querySelectorAll(".label-button")) {
    const chosen = button.value === answer.label;
    if (chosen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    button.querySelector(".visually-hidden")?.remove();
    if (chosen) button.lastElementChild.insertAdjacentHTML("beforeend", '<span class="visually-hidden"> (your answer)</span>');
  }
  pair.querySelector("textarea").value = answer.comment;
  const next = pair.querySelector("[data-next]");
  if (next) next.hidden = false;
}

function startLooking() {
  restartClock();
  lookedSince = performance.now();
  scrollTo(0, 0);
  byId("pair-heading").focus({ preventScroll: true });
  showShortcuts();
}

async function goTo(url, remember) {
  if (!held.has(url)) {
    try {
      const response = await fetch(url, { headers: { Accept: "application/json" }, redirect: "error" });
      hold((await response.json()).pairs[0]);
    } catch {
      location.assign(url); // logged out, closed, or no connection: the browser has the words for it
      return;
    }
  }
  show(url, remember);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-pair]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  goTo(link.pathname, "pushState");
});
addEventListener("popstate", () => {
  if (location.pathname !== current().dataset.url) goTo(location.pathname); // not for a link within the page
});

// --- Answers ----------------------------------------------------------------------------------

let lookedSince = -Infinity; // the first pair follows no other

document.addEventListener(
  "click",
  (event) => {
    if (!event.target.closest(".label-button")) return;
    // The second half of a double click may land on the next pair: it is not an answer to it.
    if (event.detail <= 1 && performance.now() - lookedSince >= LEAST_LOOK_MS) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

document.addEventListener("submit", (event) => {
  if (event.target.id !== "answer") return;
  event.preventDefault();
  const { url } = current().dataset;
  const { comment, then } = event.target.elements;
  const answer = {
    url,
    campaign: page.campaign,
    label: event.submitter.value,
    comment: comment.value,
    seconds: visibleSeconds(),
    then: then.value,
  };
  sayProblem("");
  if (!given.has(url) && !current().querySelector("[aria-current]")) byId("pair-progress").value += 1;
  given.set(url, answer);
  queue = queue.filter((each) => each !== url);
  turningTo = then.value ? "address" : "pair";
  if (turningTo === "pair" && queue.length) turn();
  else markGiven(current());
  keep(answer);
});

function turn() {
  turningTo = null;
  show(queue[0], "pushState");
}

askWithAnswers(({ campaign }) =>
  campaign === page.campaign
    ? { held: last, wanted: Math.max(0, 1 + Number(page.count) - queue.length) }
    : { wanted: 0 },
);

document.addEventListener("answer-saved", ({ detail: { answer, reply } }) => {
  if (answer.campaign !== page.campaign) return;
  for (const markup of reply.pairs) holdAhead(hold(markup));
  if (turningTo === "pair" && queue.length) turn();
  else if (turningTo && reply.go && !waiting().length) location.assign(reply.go);
});

document.addEventListener("answer-refused", ({ detail: { answer, problem } }) => {
  const pair = held.get(answer.url);
  sayProblem(pair && pair !== current() ? `Pair ${pair.dataset.position}: ${problem}` : problem);
});

// Another tab has given an answer: its pair need not come here too.
addEventListener("storage", (event) => {
  if (!event.key?.startsWith("answer:") || !event.newValue) return;
  const answer = JSON.parse(event.newValue);
  given.set(answer.url, answer);
  queue = queue.filter((url) => url !== answer.url || url === current().dataset.url);
  if (answer.url === current().dataset.url) markGiven(current());
});

function sayProblem(text) {
  const problem = byId("problem");
  problem.querySelector("p").textContent = text;
  problem.hidden = !text;
}

// --- Time on the pair: only while the page can be seen ----------------------------------------

let spentMs = 0;
let seenSince = document.hidden ? null : performance.now();

function restartClock() {
  spentMs = 0;
  seenSince = document.hidden ? null : performance.now();
}

function visibleSeconds() {
  const running = seenSince === null ? 0 : performance.now() - seenSince;
  return ((spentMs + running) / 1000).toFixed(2);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    if (seenSince !== null) spentMs += performance.now() - seenSince;
    seenSince = null;
  } else {
    seenSince ??= performance.now();
  }
});

// --- Keys -------------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") leave(event.target);
});

onShortcut((key) => {
  if (key === "z") {
    setZoom(!zoomed);
    return true;
  }
  if (key === "c") {
    document.querySelector(".comment").open = true;
    byId("comment").focus();
    return true;
  }
  const control = byId("answer").querySelector(`[data-key="${CSS.escape(key)}"]`);
  control?.click();
  return Boolean(control);
});

function leave(element) {
  if (zoomed) setZoom(false);
  const comment = element.closest?.(".comment");
  if (!comment) return;
  comment.open = false;
  comment.querySelector("summary").focus();
}

// --- Zoom: both pictures together, following the pointer, a finger or the arrow keys ----------

let zoomed = false;
let centre = { x: 50, y: 50 };

function setZoom(on) {
  const stages = [...document.querySelectorAll("[data-stage]")].filter((stage) => stage.querySelector(".shown"));
  zoomed = on && stages.length > 0;
  centre = { x: 50, y: 50 };
  for (const stage of stages) stage.classList.toggle("is-zoomed", zoomed);
  for (const button of document.querySelectorAll("[data-zoom]")) button.setAttribute("aria-pressed", String(zoomed));
  moveZoom();
}

function moveZoom() {
  for (const picture of document.querySelectorAll(".shown")) {
    picture.style.transform = zoomed ? `scale(${ZOOM})` : "";
    picture.style.transformOrigin = `${centre.x}% ${centre.y}%`;
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-zoom]")) setZoom(!zoomed);
});

document.addEventListener("pointermove", (event) => {
  const stage = zoomed && event.target.closest?.("[data-stage].is-zoomed");
  if (!stage) return;
  const box = stage.getBoundingClientRect();
  centre = { x: (100 * (event.clientX - box.left)) / box.width, y: (100 * (event.clientY - box.top)) / box.height };
  moveZoom();
});

document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!zoomed || !step || isWriting(event.target)) return;
  event.preventDefault();
  const within = (value) => Math.min(100, Math.max(0, value));
  centre = { x: within(centre.x + ARROW_STEP * step[0]), y: within(centre.y + ARROW_STEP * step[1]) };
  moveZoom();
});

// --- Begin ------------------------------------------------------------------------------------

for (const answer of waiting()) given.set(answer.url, answer);
holdElement(current());
// A revisited pair has its answer, and is not among those to come.
if (!current().querySelector("[aria-current]") && !given.has(current().dataset.url)) queue.push(current().dataset.url);
for (const template of byId("ahead").querySelectorAll("template")) holdAhead(hold(template.innerHTML));
// Its answer is still on its way from an earlier visit: go on behind it.
if (given.has(current().dataset.url) && queue.length) show(queue[0], "replaceState");
showShortcuts();
