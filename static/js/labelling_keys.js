// Keys of the labelling page: not while somebody writes, and only if they are wanted.

function shortcutsOn() {
  try {
    return localStorage.getItem("shortcuts") !== "off";
  } catch {
    return true;
  }
}

export function showShortcuts() {
  const on = shortcutsOn();
  document.documentElement.dataset.shortcuts = on ? "on" : "off";
  for (const button of document.querySelectorAll("button[data-shortcuts]")) {
    button.setAttribute("aria-pressed", String(on));
    button.querySelector("span").textContent = on ? "on" : "off";
  }
}

export function isWriting(element) {
  return Boolean(element.closest?.("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])"));
}

/** Call `act(key)` with every key that is meant as a shortcut; it tells whether it was one. */
export function onShortcut(act) {
  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
    if (event.key === "Escape" || !shortcutsOn()) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (act(key)) event.preventDefault();
  });
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("button[data-shortcuts]")) return;
  try {
    localStorage.setItem("shortcuts", shortcutsOn() ? "off" : "on");
  } catch {
    // Without storage they stay on.
  }
  showShortcuts();
});

showShortcuts();
