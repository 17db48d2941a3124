// Runs before the first paint: the reader's own choice of light or dark, so that no page flashes.
// Without a choice the system decides. `data-script` lets style sheets know that scripts run.
(() => {
  const root = document.documentElement;
  root.dataset.script = "";
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; the system's choice then holds.
  }
})();
