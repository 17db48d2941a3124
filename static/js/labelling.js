// The labelling page: keys, time on the pair, answers that survive a lost connection, zoom, focus.
// Without it the page works by plain links and a form; htmx brings the next pair in place.

const RETRY_SECONDS = [1, 2, 4, 8, 15];
const SAVING_SHOWN_AFTER_MS = 300;
const ZOOM = 2.5;
const ARROW_STEP = 8; // per cent of the picture

const byId = (id) => document.getElementById(id);
const form = () => byId("answer");

// --- Time on the pair: only while the page can be seen ----------------------------------------

let spentMs = 0;
let seenSince = document.hidden ? null : performance.now();

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

// --- Answers: said, and sent again until they are stored --------------------------------------

let unsaved = null; // the label button whose answer the server has not confirmed
let failures = 0;
let retryTimer = 0;
let savingTimer = 0;

function sayState(text) {
  clearTimeout(savingTimer);
  const state = byId("saved");
  if (state.textContent !== text) state.textContent = text;
}

function sayProblem(text) {
  const problem = byId("problem");
  problem.querySelector("p").textContent = text;
  problem.hidden = !text;
}

function isSaved() {
  clearTimeout(retryTimer);
  unsaved = null;
  failures = 0;
  sayState("Saved");
}

function sendAgain() {
  clearTimeout(retryTimer);
  // Same form, same submission: however often it arrives, it is stored once.
  if (unsaved?.isConnected) unsaved.click();
}

function notSavedYet() {
  sayState("Not saved yet");
  const seconds = RETRY_SECONDS[Math.min(failures, RETRY_SECONDS.length - 1)];
  failures += 1;
  clearTimeout(retryTimer);
  retryTimer = setTimeout(sendAgain, seconds * 1000);
}

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest(".label-button");
    if (!button) return;
    if (event.detail > 1) {
      // The second half of a double click may land on the next pair: it is not an answer to it.
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (!unsaved) form().elements.seconds.value = visibleSeconds();
  },
  true,
);

// Listeners are on the body, which stays, and stop what the shared script would say of a failed request.
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id !== "answer") {
    // Back and Next would take the form away with an answer in it.
    if (unsaved && event.detail.target.id === "labelling") event.preventDefault();
    return;
  }
  clearTimeout(retryTimer);
  unsaved = event.detail.requestConfig.triggeringEvent?.submitter ?? unsaved;
  sayProblem("");
  if (!failures) savingTimer = setTimeout(() => sayState("Saving"), SAVING_SHOWN_AFTER_MS);
});
for (const failure of ["htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(failure, (event) => {
    if (event.target.id !== "answer") return;
    event.stopPropagation();
    notSavedYet();
  });
}
document.body.addEventListener("htmx:responseError", (event) => {
  if (event.target.id !== "answer") return;
  const { xhr } = event.detail;
  if (xhr.status >= 500 || xhr.status === 429) {
    event.stopPropagation();
    notSavedYet();
    return;
  }
  unsaved = null;
  sayState("Not saved");
  if (!xhr.getResponseHeader("Content-Type")?.startsWith("text/plain")) return; // the shared script has a word for it
  event.stopPropagation();
  sayProblem(xhr.responseText);
});
// After the last pair the answer is an address to go to, and nothing is swapped.
document.body.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.target.id === "answer" && event.detail.xhr.getResponseHeader("HX-Redirect")) isSaved();
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "labelling") return;
  if (event.detail.requestConfig.verb === "post") isSaved();
  newPair();
});
addEventListener("online", sendAgain);
addEventListener("beforeunload", (event) => {
  if (unsaved && failures) event.preventDefault();
});

function newPair() {
  spentMs = 0;
  seenSince = document.hidden ? null : performance.now();
  zoomed = false;
  scrollTo(0, 0);
  byId("pair-heading").focus({ preventScroll: true });
  showShortcuts();
}

// --- Keys: not while somebody writes, and only if they are wanted -----------------------------

function shortcutsOn() {
  try {
    return localStorage.getItem("shortcuts") !== "off";
  } catch {
    return true;
  }
}

function showShortcuts() {
  const on = shortcutsOn();
  document.documentElement.dataset.shortcuts = on ? "on" : "off";
  for (const button of document.querySelectorAll("button[data-shortcuts]")) {
    button.setAttribute("aria-pressed", String(on));
    button.querySelector("span").textContent = on ? "on" : "off";
  }
}

function isWriting(element) {
  return Boolean(element.closest?.("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])"));
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    leave(event.target);
    return;
  }
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
  if (!form() || !shortcutsOn()) return;
  if (event.key === "z" || event.key === "Z") {
    event.preventDefault();
    setZoom(!zoomed);
    return;
  }
  if (event.key === "c" || event.key === "C") {
    event.preventDefault();
    document.querySelector(".comment").open = true;
    byId("comment").focus();
    return;
  }
  const control = form().querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!control) return;
  event.preventDefault();
  control.click();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("button[data-shortcuts]")) {
    try {
      localStorage.setItem("shortcuts", shortcutsOn() ? "off" : "on");
    } catch {
      // Without storage they stay on.
    }
    showShortcuts();
  }
  if (event.target.closest("[data-zoom]")) setZoom(!zoomed);
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

showShortcuts();
