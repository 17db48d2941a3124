// Small things that every page shares: theme switch, user menu, copy buttons, and a plain word
// when a request fails. Everything else works by links, forms and htmx attributes.

const root = document.documentElement;

function markTheme() {
  const chosen = root.dataset.theme || "auto";
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen));
  }
}

function chooseTheme(theme) {
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    if (theme === "auto") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // The choice then lasts for this page only.
  }
  markTheme();
}

async function copyFrom(button) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    button.textContent = "Copied";
  } catch {
    // No clipboard (plain http on another host): select the text, so that Ctrl-C takes it.
    getSelection().selectAllChildren(source);
    button.textContent = "Press Ctrl-C";
  }
  setTimeout(() => (button.textContent = label), 2000);
}

document.addEventListener("click", (event) => {
  const theme = event.target.closest("[data-theme-choice]");
  if (theme) chooseTheme(theme.dataset.themeChoice);
  const copy = event.target.closest("[data-copy]");
  if (copy) copyFrom(copy);
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

function say(text) {
  const notice = document.getElementById("notice");
  notice.querySelector("p").textContent = text;
  notice.hidden = !text;
}

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) say("");
});
document.addEventListener("htmx:sendError", () => {
  say("The server cannot be reached. Nothing on this page has changed; try again in a moment.");
});
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 401 || status === 403) say("You may have been logged out. Reload the page and log in again.");
  else say(`That did not work (${status}). Nothing on this page has changed; reload it and try again.`);
});

// A session that ended meanwhile: the log-in page answers in place of a fragment. Go there, and come back.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { login } = document.body.dataset;
  if (new URL(event.detail.xhr.responseURL || location.href).pathname !== login) return;
  if (location.pathname === login) return;
  event.detail.shouldSwap = false;
  location.assign(`${login}?next=${encodeURIComponent(location.pathname + location.search)}`);
});

markTheme();
