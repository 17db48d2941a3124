// Keys of the pages on which experts answer: not while somebody writes, only if they are wanted, and which ones they like (WCAG 2.1.4).

import { gettext } from "../site/words.js";

const DEFAULTS = {
  "label-1": "1",
  "label-2": "2",
  "label-3": "3",
  "label-4": "4",
  back: "Backspace",
  unsure: "u",
  skip: "s",
  comment: "c",
  zoom: "z",
  text: ":",
  "picture-1": ",",
  "picture-2": ".",
};
const DIGITS = "1234567890";
const SHOWN = { Backspace: "⌫", " ": gettext("Space"), ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };

function recall(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // without storage everything is as at the start
  }
}

function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Then it lasts for this page only.
  }
}

const shortcutsOn = () => recall("shortcuts") !== "off";

/** {action: key}: what the reader chose that is not as at the start. */
function ownKeys() {
  try {
    const kept = Object.entries(JSON.parse(recall("keys")) ?? {});
    return Object.fromEntries(kept.filter(([action, key]) => key !== DEFAULTS[action]));
  } catch {
    return {};
  }
}

/** {action: key}: what the reader chose, else what the page's campaign gives its labels, else as at the start.
    A label whose key the reader chose for something else gets the first digit that is free; what the page does with a
    key that a campaign gave to a label has none. */
export function chosenKeys() {
  const own = ownKeys();
  const given = [...document.querySelectorAll("[data-key]")].map(({ dataset }) => [dataset.action, dataset.key]);
  const keys = { ...DEFAULTS, ...Object.fromEntries(given), ...own };
  const taken = new Set(given.map(([, key]) => key));
  for (const action of Object.keys(keys)) {
    if (!action.startsWith("label-") && !(action in own) && taken.has(keys[action])) keys[action] = "";
  }
  const chosen = new Set(Object.values(own));
  const used = new Set(Object.values(keys));
  for (const action of Object.keys(keys)) {
    if (action in own || !chosen.has(keys[action])) continue;
    keys[action] = [...DIGITS].find((digit) => !used.has(digit));
    used.add(keys[action]);
  }
  return keys;
}

/** Choose `key` for `action`. Returns the action that has it already, in which case nothing changes. */
export function chooseKey(action, key) {
  const keys = chosenKeys();
  const taken = Object.keys(keys).find((other) => other !== action && keys[other] === key);
  if (!taken) remember("keys", JSON.stringify({ ...ownKeys(), [action]: key }));
  showShortcuts();
  return taken;
}

export function forgetKeys() {
  remember("keys", null);
  showShortcuts();
}

export function keyOf(event) {
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

export function showShortcuts() {
  const on = shortcutsOn();
  document.documentElement.dataset.shortcuts = on ? "on" : "off";
  for (const button of document.querySelectorAll("button[data-shortcuts]")) {
    button.setAttribute("aria-pressed", String(on));
    button.querySelector("span").textContent = on ? gettext("on") : gettext("off");
  }
  const keys = chosenKeys();
  for (const element of document.querySelectorAll("kbd[data-key-of]")) {
    const key = keys[element.dataset.keyOf];
    element.textContent = SHOWN[key] ?? (key.length === 1 ? key.toUpperCase() : key);
    element.hidden = !key;
  }
}

function isWriting(element) {
  return Boolean(element.closest?.("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])"));
}

/** Call `act(action)` for every key press that is meant as a shortcut. `own()` has keys of this page: {action: key}. */
export function onShortcut(act, own = () => ({})) {
  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
    if (!shortcutsOn()) return;
    const found = [...Object.entries(own()), ...Object.entries(chosenKeys())].find(([, key]) => key === keyOf(event));
    if (!found) return;
    event.preventDefault();
    act(found[0]);
  });
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("button[data-shortcuts]")) return;
  remember("shortcuts", shortcutsOn() ? "off" : "on");
  showShortcuts();
});

showShortcuts();
