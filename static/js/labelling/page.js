// The labelling page: the next pairs wait in the browser, so that a key shows one at once while the answer travels.
// Without it the page works by plain links and a form.

import { gettext, interpolate } from "../site/words.js";
import { onShortcut, showShortcuts } from "./keys.js";
import "./last_answers.js";
import { askWithAnswers, keep, waiting } from "./outbox.js";
import { actOnPictures, leavePictures, watchPictures } from "./pictures.js";

// Nobody has seen a pair in less: such an answer is the second half of a double press on the pair before.
const LEAST_LOOK_MS = 150;
// Looking for the next pairs costs the server more than an answer does: three are asked for with every third answer.
const LEAST_FETCHED = 3;
const SHOWN_PAIRS_KEPT = 30;
const IDLE_AFTER_MS = 60_000;
const BREAK_AFTER_MS = 45 * 60_000;
const BREAK_MS = 5 * 60_000;

const byId = (id) => document.getElementById(id);
const current = () => byId("labelling");
const page = byId("ahead").dataset;

// --- Pairs: held by address, with their pictures loaded ----------------------------------------

const held = new Map(); // address -> element, the ones shown before too, so that Back is as quick
const given = new Map(); // address -> the answer given to it on this page or waiting from an earlier one
let queue = []; // addresses of pairs without an answer, in order
let last = current().dataset.position; // of the furthest pair held
let holdsAll = false; // the server has said that there are no more behind `last`
let turningTo = null; // what to do as soon as a pair or an address arrives

function hold(markup) {
  const holder = document.createElement("template");
  holder.innerHTML = markup;
  return holdElement(document.importNode(holder.content, true).firstElementChild);
}

function holdElement(pair) {
  const { url } = pair.dataset;
  held.set(url, pair);
  for (const { id, dataset } of pair.querySelectorAll(".finer-step")) {
    const label = pair.querySelector(`.labels [value="${dataset.finerOf}"]`);
    label.setAttribute("aria-expanded", "false");
    label.setAttribute("aria-controls", id);
  }
  for (const picture of pair.querySelectorAll(".shown:not([loading=lazy])")) {
    // Decoded now and painted with the rest, so that a pair appears as a whole.
    picture.decode().then(
      () => (picture.decoding = "sync"),
      () => (picture.alt = interpolate(gettext("%(picture)s: this picture could not be loaded"), { picture: picture.alt })),
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
  leavePictures();
  closeStep();
  closePanels();
  turningTo = null;
  isWaiting = false;
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
  const label = answer.label?.split(":")[0]; // a finer one has its key behind it
  for (const button of pair.querySelectorAll(".label-button")) {
    const isAbove = button.value === label && !button.closest(".finer-step");
    for (const said of button.querySelectorAll(".visually-hidden, .finer-given")) said.remove();
    button.removeAttribute("aria-current");
    if (!isAbove && button.value !== answer.label) continue;
    button.setAttribute("aria-current", "true");
    if (isAbove && answer.label !== label) button.lastElementChild.append(finerGiven(pair, answer.label));
    button.lastElementChild.append(yourAnswer());
  }
  const { comment, unsure, faulty_a, faulty_b } = pair.querySelector("form").elements;
  comment.value = answer.comment;
  unsure.checked = Boolean(answer.unsure);
  faulty_a.checked = Boolean(answer.faulty_a);
  faulty_b.checked = Boolean(answer.faulty_b);
  markComment(pair);
  pair.dataset.done = "";
  const next = pair.querySelector("[data-next]");
  if (next) next.hidden = false;
}

function yourAnswer() {
  const said = document.createElement("span");
  said.className = "visually-hidden";
  said.textContent = ` ${gettext("(your answer)")}`;
  return said;
}

function finerGiven(pair, value) {
  const given = document.createElement("small");
  given.className = "finer-given";
  given.textContent = pair.querySelector(`.finer-step [value="${value}"] > span`)?.firstChild.textContent ?? "";
  return given;
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
    const button = event.target.closest(".label-button, [name=skip]");
    if (!button) return;
    // The second half of a double click may land on the next pair: it is not an answer to it.
    const isEarly = performance.now() - lookedSince < LEAST_LOOK_MS || isSecondHalf(button, event.isTrusted);
    if (event.detail <= 1 && !isEarly) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

document.addEventListener("submit", (event) => {
  if (event.target.id !== "answer") return;
  event.preventDefault();
  const step = stepBehind(event.submitter);
  if (step) {
    openStep(step);
    return;
  }
  if (isWaiting) return; // this one has its answer, and the next is not here
  const { url, done } = current().dataset;
  const { csrfmiddlewaretoken, submission, ...said } = Object.fromEntries(new FormData(event.target, event.submitter));
  if (said.skip === "other" && !said.comment.trim()) {
    openPanel("comment");
    sayProblem(gettext("Say in a comment why you skip this pair, or choose one of the other reasons."));
    return;
  }
  const answer = { ...said, ...secondsOnPair(), url, campaign: page.campaign };
  sayProblem("");
  if (done === undefined) byId("pair-progress").value += 1;
  closePanels();
  closeStep();
  given.set(url, answer);
  queue = queue.filter((each) => each !== url);
  turningTo = answer.then ? "address" : "pair";
  markGiven(current());
  keep(answer);
  if (turningTo === "pair" && queue.length) turn();
  else waitForNext();
});

function turn() {
  show(queue[0], "pushState");
}

let isWaiting = false; // for a pair or an address that the server has to bring

/** The last pair that is here has its answer: no key answers it twice, and without a connection the page says so. */
function waitForNext() {
  isWaiting = true;
  if (isOffline || !navigator.onLine) sayWaiting();
}

function sayWaiting() {
  if (turningTo !== "pair") return;
  sayProblem(
    gettext(
      "No connection, and no further pair is held here. Your answers wait in this browser; the next pair comes as soon as the connection is back.",
    ),
  );
}

let isOffline = false; // the newest answer could not be sent

document.addEventListener("answer-waits", () => {
  isOffline = true;
  if (isWaiting) sayWaiting();
});

askWithAnswers(({ campaign }) => {
  const room = 1 + Number(page.count) - queue.length;
  const asks = campaign === page.campaign && (holdsAll ? !queue.length : room >= LEAST_FETCHED);
  return asks ? { held: last, wanted: room } : { wanted: 0 };
});

document.addEventListener("answer-saved", ({ detail: { answer, reply, asked } }) => {
  isOffline = false;
  if (answer.campaign !== page.campaign) return;
  if (asked.wanted) holdsAll = reply.pairs.length < asked.wanted;
  for (const markup of reply.pairs) holdAhead(hold(markup));
  if (turningTo === "pair" && queue.length) turn();
  else if (turningTo && reply.go && !waiting().length) location.assign(reply.go);
});

document.addEventListener("answer-refused", ({ detail: { answer, problem } }) => {
  const pair = held.get(answer.url);
  if (pair === current()) isWaiting = false;
  const position = pair?.dataset.position;
  const sentence = interpolate(gettext("Pair %(position)s: %(problem)s"), { position, problem });
  sayProblem(pair && pair !== current() ? sentence : problem);
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

// --- The second step, where a label has finer ones: pressed again, the label itself is the answer ------

let stepSince = -Infinity;

const stepShown = () => current().querySelector(".finer-step[data-open]");
const labelAbove = (step) => current().querySelector(`.labels [value="${step.dataset.finerOf}"]`);

/** The step that comes before `button` answers; null where it answers at once. */
function stepBehind(button) {
  if (button?.name !== "label" || button.closest(".finer-step")) return null;
  return current().querySelector(`.finer-step:not([data-open])[data-finer-of="${button.value}"]`);
}

/** Whether this press belongs to the one that brought the step. A letter or another label, by key, is one of its own:
    whoever knows them presses both in one go. */
function isSecondHalf(button, byHand) {
  const step = stepShown();
  if (!step || performance.now() - stepSince >= LEAST_LOOK_MS) return false;
  return byHand || button.value === step.dataset.finerOf;
}

function openStep(step) {
  closeStep();
  step.dataset.open = "";
  labelAbove(step).setAttribute("aria-expanded", "true");
  stepSince = performance.now();
  step.querySelector(".finer-heading").focus(); // read out, with the choices behind it
}

function closeStep() {
  const step = stepShown();
  if (!step) return;
  delete step.dataset.open;
  labelAbove(step).setAttribute("aria-expanded", "false");
}

function letters() {
  const buttons = stepShown()?.querySelectorAll("[data-letter]") ?? [];
  return Object.fromEntries([...buttons].map(({ dataset }) => [dataset.action, dataset.letter]));
}

// --- Time on the pair: while the page can be seen; and while somebody is at it ------------------

let shownMs = 0; // of earlier stretches on this pair
let shownSince = null; // the page can be seen since then
let activeMs = 0;
let activeSince = null; // ... and has the focus, and the last key or pointer is less than a minute ago
let lastInput = performance.now();
let workedSince = lastInput; // without a break

function activeUntil() {
  return Math.min(performance.now(), lastInput + IDLE_AFTER_MS);
}

function attend({ input = true } = {}) {
  const now = performance.now();
  const visible = !document.hidden;
  if (shownSince !== null && !visible) shownMs += now - shownSince;
  shownSince = visible ? (shownSince ?? now) : null;
  const present = visible && document.hasFocus();
  if (activeSince !== null && (!present || now > lastInput + IDLE_AFTER_MS)) {
    activeMs += Math.max(0, activeUntil() - activeSince);
    activeSince = null;
  }
  if (input && present) {
    activeSince ??= now;
    if (now - lastInput > BREAK_MS) workedSince = now;
    lastInput = now;
  }
}

function restartClock() {
  shownMs = activeMs = 0;
  shownSince = activeSince = null;
  attend();
  remindOfBreak();
}

function secondsOnPair() {
  attend({ input: false });
  const shown = shownMs + (shownSince === null ? 0 : performance.now() - shownSince);
  const active = activeMs + (activeSince === null ? 0 : activeUntil() - activeSince);
  return { seconds: (shown / 1000).toFixed(2), active_seconds: (active / 1000).toFixed(2) };
}

/** Quietly, and between two pairs only. */
function remindOfBreak() {
  const minutes = Math.floor((performance.now() - workedSince) / 60_000);
  const reminder = interpolate(gettext("%(minutes)s minutes: time for a break?"), { minutes });
  byId("break").textContent = minutes * 60_000 >= BREAK_AFTER_MS ? reminder : "";
}

for (const input of ["pointermove", "pointerdown", "keydown", "wheel", "focus"]) {
  addEventListener(input, () => attend(), { capture: true, passive: true });
}
addEventListener("blur", () => attend({ input: false }));
document.addEventListener("visibilitychange", () => attend({ input: !document.hidden }));

// --- Keys, panels, pictures ---------------------------------------------------------------------

watchPictures({ pair: current, library: page.viewer, failed: sayProblem });

onShortcut(
  (action) => {
    if (actOnPictures(action)) return;
    if (action === "comment" || action === "skip") openPanel(action);
    else byId("answer").querySelector(`[data-action="${action}"]`)?.click();
  },
  () => ({ ...letters(), ...reasons() }),
);

/** While the panel of skipping is open, a number is a reason. */
function reasons() {
  const buttons = byId("answer").querySelectorAll("[data-panel=skip][open] [data-reason]");
  return Object.fromEntries([...buttons].map(({ dataset }) => [dataset.action, dataset.reason]));
}

function openPanel(name) {
  closePanels();
  closeStep();
  leavePictures();
  const panel = byId("answer").querySelector(`[data-panel="${name}"]`);
  panel.open = true;
  panel.querySelector("textarea, button").focus();
}

function closePanels() {
  for (const panel of byId("answer").querySelectorAll(".panel[open]")) panel.open = false;
}

/** That there is a comment, or a record said to be broken, is seen without opening the panel. */
function markComment(pair) {
  const { comment, faulty_a, faulty_b } = pair.querySelector("form").elements;
  const panel = pair.querySelector("[data-panel=comment]");
  panel.toggleAttribute("data-filled", Boolean(comment.value.trim() || faulty_a.checked || faulty_b.checked));
}

document.addEventListener("input", ({ target }) => {
  if (target.closest("[data-panel=comment]")) markComment(current());
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  leavePictures();
  const panel = current().querySelector(".panel[open]");
  const step = stepShown();
  if (panel) {
    panel.open = false;
    panel.querySelector("summary").focus();
  } else if (step) {
    closeStep();
    labelAbove(step).focus();
  }
});

// --- Help: fetched when somebody opens it, since few do; without this it is a link to a page -------

byId("help").addEventListener("toggle", async ({ target }) => {
  if (!target.open || "loaded" in target.dataset) return;
  const answer = await fetch(target.dataset.from, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return; // the link stays
  target.querySelector(".menu-panel").innerHTML = await answer.text();
  target.dataset.loaded = "";
  showShortcuts();
});

// --- Begin ------------------------------------------------------------------------------------

for (const answer of waiting()) given.set(answer.url, answer);
holdElement(current());
// A revisited pair has its answer, and is not among those to come.
if (!("done" in current().dataset) && !given.has(current().dataset.url)) queue.push(current().dataset.url);
for (const template of byId("ahead").querySelectorAll("template")) holdAhead(hold(template.innerHTML));
// Its answer is still on its way from an earlier visit: go on behind it.
if (given.has(current().dataset.url) && queue.length) show(queue[0], "replaceState");
showShortcuts();
restartClock();
