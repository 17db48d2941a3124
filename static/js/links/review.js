// Links under review, in their list or one alone: keys for verdicts and ways, and their pictures enlarged. All of it is
// a link, a button or a form underneath.

import { openEnlarged } from "../catalogue/enlarged.js";
import { onShortcut } from "../labelling/keys.js";

const KEYS = { signed_off: "s", rejected: "r", reopened: "t", after: "n", before: "p", both: "z" };
const { viewer } = document.querySelector("[data-review]").dataset;
const isList = Boolean(document.querySelector(".link-list"));
let decidedByKey = ""; // the id of the link

const links = () => [...document.querySelectorAll("[data-link]")];
const current = () =>
  isList ? document.activeElement?.closest?.("[data-link]") : document.querySelector("[data-link]");

function step(by) {
  const way = document.querySelector(by > 0 ? "a[rel=next]" : "a[rel=prev]");
  const all = isList ? links() : [];
  const next = all[all.indexOf(current()) + by] ?? (all.includes(current()) ? null : all[0]);
  if (next) focusOn(next);
  else way?.click();
}

function focusOn(link) {
  link.querySelector("[data-open]").focus({ preventScroll: true });
  link.scrollIntoView({ block: "nearest" });
}

function decide(verdict) {
  const link = current();
  if (verdict === "rejected") {
    const reason = link?.querySelector("details.reject");
    if (!reason) return;
    reason.open = true;
    reason.querySelector("textarea").focus();
    return;
  }
  const button = link?.querySelector(`button[value="${verdict}"]`);
  if (!button) return;
  decidedByKey = link.id;
  button.click();
}

onShortcut(
  (action) => {
    if (document.querySelector("dialog[open]") && action !== "both") return;
    if (action === "after") step(1);
    else if (action === "before") step(-1);
    else if (action === "both") enlarge(current(), 0, true);
    else if (action in KEYS) decide(action);
  },
  () => KEYS,
);

// The next one is at hand as soon as this one is decided.
document.addEventListener("htmx:afterSettle", (event) => {
  if (!decidedByKey || event.target.id !== decidedByKey) return;
  decidedByKey = "";
  const all = links();
  const next = all[all.findIndex(({ id }) => id === event.target.id) + 1];
  if (next) focusOn(next);
});

document.addEventListener("keydown", (event) => {
  const reason = event.key === "Escape" && event.target.closest?.("details.reject");
  if (!reason) return;
  reason.open = false;
  reason.querySelector("summary").focus();
});

// --- Pictures -----------------------------------------------------------------------------------

let dialogue = null;

function enlarge(link, side, both) {
  if (dialogue) {
    dialogue.close();
    return;
  }
  const pictures = [...(link?.querySelectorAll("[data-stage]") ?? [])].map((stage) => {
    const picture = stage.querySelector(".shown");
    if (!picture?.checkVisibility()) return null; // none, or under its cover
    const { src, alt, dataset } = picture;
    return { src: dataset.display ?? src, alt, dataset };
  });
  const first = pictures[side] ? side : pictures.findIndex(Boolean);
  if (first < 0) return;
  dialogue = openEnlarged({
    library: viewer,
    closed: () => (dialogue = null),
    failed: () => location.assign(pictures[first].src),
  });
  dialogue.show(pictures, first, both);
}

document.addEventListener("click", (event) => {
  const stage = event.target.closest("[data-enlarge], .shown")?.closest("[data-stage]");
  const link = stage?.closest("[data-link]");
  if (link) enlarge(link, [...link.querySelectorAll("[data-stage]")].indexOf(stage), false);
});
