// The page of a preference study: the next choices wait in the browser, so that a key shows one at once while the
// answer travels. Without it the page works by plain links and a form.

import { askWithAnswers, keep, waiting } from "../labelling/outbox.js";
import { onShortcut, showShortcuts } from "../labelling/keys.js";

// Nobody has seen rows in less: such an answer is the second half of a double press on the choice before.
const LEAST_LOOK_MS = 150;
const ZOOM_STEP = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP_PERCENT = 8; // of a picture

const byId = (id) => document.getElementById(id);
const current = () => byId("labelling");
const page = byId("ahead").dataset;

// --- Choices: those ahead are held with their pictures loaded ----------------------------------

const given = new Map(); // address -> the answer given to it on this page or waiting from an earlier one
const queue = new Map(); // address -> element, of choices without an answer, in order
let last = current().dataset.position; // of the furthest choice held
let turningTo = null; // what to do as soon as a choice or an address arrives

function elementOf(markup) {
  const holder = document.createElement("template");
  holder.innerHTML = markup;
  return document.importNode(holder.content, true).firstElementChild;
}

function holdAhead(choice) {
  const { url, position } = choice.dataset;
  last = position;
  for (const picture of choice.querySelectorAll(".shown")) picture.decode().catch(() => {}); // shown as missing then
  if (!given.has(url) && !queue.has(url)) queue.set(url, choice);
}

function show(choice, remember) {
  setZoom(false);
  if (choice !== current()) current().replaceWith(choice);
  const { url, position } = choice.dataset;
  markGiven();
  byId("choice-count").querySelector("strong").textContent = position;
  document.title = document.title.replace(/\d+/, position);
  if (remember) history[remember](null, "", url);
  restartClock();
  lookedSince = performance.now();
  scrollTo(0, 0);
  byId("choice-heading").focus({ preventScroll: true });
  showShortcuts();
}

/** The answer that this browser knows of, which may not have reached the server yet. */
function markGiven() {
  const answer = given.get(current().dataset.url);
  if (!answer) return;
  for (const button of current().querySelectorAll(".label-button")) {
    const chosen = button.value === answer.row;
    if (chosen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    button.querySelector("[data-yours]").hidden = !chosen;
  }
  byId("comment").value = answer.comment;
  current().dataset.done = "";
  const next = current().querySelector("[data-next]");
  if (next) next.hidden = false;
}

async function goTo(url, remember) {
  let choice = queue.get(url);
  if (!choice) {
    try {
      const response = await fetch(url, { headers: { Accept: "application/json" }, redirect: "error" });
      choice = elementOf((await response.json()).choices[0]);
    } catch {
      location.assign(url); // logged out, closed, or no connection: the browser has the words for it
      return;
    }
  }
  show(choice, remember);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-choice]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  goTo(link.pathname, "pushState");
});
addEventListener("popstate", () => {
  if (location.pathname !== current().dataset.url) goTo(location.pathname); // not for a link within the page
});

// --- Answers ----------------------------------------------------------------------------------

let lookedSince = -Infinity; // the first choice follows no other

document.addEventListener(
  "click",
  (event) => {
    if (!event.target.closest(".label-button")) return;
    // The second half of a double click may land on the next choice: it is not an answer to it.
    if (event.detail <= 1 && performance.now() - lookedSince >= LEAST_LOOK_MS) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

document.addEventListener("submit", (event) => {
  if (event.target.id !== "answer") return;
  event.preventDefault();
  const { url, done } = current().dataset;
  const { csrfmiddlewaretoken, submission, ...said } = Object.fromEntries(new FormData(event.target, event.submitter));
  const answer = { ...said, seconds: visibleSeconds(), url, study: page.study };
  sayProblem("");
  if (done === undefined) byId("choice-progress").value += 1;
  event.target.querySelector(".panel").open = false;
  given.set(url, answer);
  queue.delete(url);
  turningTo = answer.then ? "address" : "choice";
  markGiven();
  keep(answer);
  turn();
});

function turn() {
  if (turningTo !== "choice" || !queue.size) return;
  turningTo = null;
  show(queue.values().next().value, "pushState");
}

askWithAnswers(({ study }) =>
  study === page.study
    ? { held: last, wanted: Math.max(0, 1 + Number(page.count) - queue.size) }
    : { wanted: 0 },
);

document.addEventListener("answer-saved", ({ detail: { answer, reply } }) => {
  if (answer.study !== page.study) return;
  for (const markup of reply.choices) holdAhead(elementOf(markup));
  turn();
  if (turningTo && reply.go && !waiting().length) location.assign(reply.go);
});

document.addEventListener("answer-refused", ({ detail: { problem } }) => sayProblem(problem));

// Another tab has given an answer: its choice need not come here too.
addEventListener("storage", (event) => {
  if (!event.key?.startsWith("answer:") || !event.newValue) return;
  const answer = JSON.parse(event.newValue);
  given.set(answer.url, answer);
  if (answer.url === current().dataset.url) markGiven();
  else queue.delete(answer.url);
});

function sayProblem(text) {
  const problem = byId("problem");
  problem.querySelector("p").textContent = text;
  problem.hidden = !text;
}

// --- Time on the choice: while the page can be seen -------------------------------------------

let shownMs = 0; // of earlier stretches on this choice
let shownSince = null; // the page can be seen since then

function attend() {
  const now = performance.now();
  if (shownSince !== null && document.hidden) shownMs += now - shownSince;
  shownSince = document.hidden ? null : (shownSince ?? now);
}

function restartClock() {
  shownMs = 0;
  shownSince = null;
  attend();
}

function visibleSeconds() {
  return ((shownMs + (shownSince === null ? 0 : performance.now() - shownSince)) / 1000).toFixed(2);
}

document.addEventListener("visibilitychange", attend);

// --- Keys, the comment, zoom ------------------------------------------------------------------

const rowKeys = () => Object.fromEntries([..."0123456789"].map((digit) => [`row-${digit}`, digit]));

onShortcut((action) => {
  if (action === "zoom") setZoom(!isZoomed());
  else if (action === "comment") {
    byId("answer").querySelector(".panel").open = true;
    byId("comment").focus();
  } else byId("answer").querySelector(`[data-action="${action}"]`)?.click();
}, rowKeys);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  setZoom(false);
  const panel = event.target.closest?.(".panel");
  if (!panel) return;
  panel.open = false;
  panel.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-zoom]")) setZoom(!isZoomed());
});

// All pictures at once, around the same place in each: the pointer's, or where the arrow keys have moved it.
let centre = [50, 50];

const isZoomed = () => current().classList.contains("is-zoomed");

function setZoom(on) {
  current().classList.toggle("is-zoomed", on);
  for (const button of document.querySelectorAll("[data-zoom]")) button.setAttribute("aria-pressed", String(on));
  moveZoom([50, 50]);
}

function moveZoom(place) {
  centre = place.map((each) => Math.min(100, Math.max(0, each)));
  current().style.setProperty("--zoom-centre", `${centre[0]}% ${centre[1]}%`);
}

document.addEventListener("pointermove", (event) => {
  const stage = isZoomed() && event.target.closest?.(".stage");
  if (!stage) return;
  const box = stage.getBoundingClientRect();
  moveZoom([(100 * (event.clientX - box.left)) / box.width, (100 * (event.clientY - box.top)) / box.height]);
});
document.addEventListener("keydown", (event) => {
  const step = ZOOM_STEP[event.key];
  if (!step || !isZoomed() || event.target.closest?.("textarea")) return;
  event.preventDefault();
  moveZoom(centre.map((each, axis) => each + STEP_PERCENT * step[axis]));
});

// --- Begin ------------------------------------------------------------------------------------

for (const answer of waiting()) given.set(answer.url, answer);
// A revisited choice has its answer, and is not among those to come.
if (!("done" in current().dataset) && !given.has(current().dataset.url)) queue.set(current().dataset.url, current());
for (const template of byId("ahead").querySelectorAll("template")) holdAhead(elementOf(template.innerHTML));
// Its answer is still on its way from an earlier visit: go on behind it.
if (given.has(current().dataset.url) && queue.size) show(queue.values().next().value, "replaceState");
showShortcuts();
restartClock();
