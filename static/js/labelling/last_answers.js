// The reader's last answers beside the task, on a wide window and on request. They are asked for anew after each answer,
// only while they are shown.

const aside = document.getElementById("last-answers");
const button = document.getElementById("last-answers-button");
const wide = matchMedia("(min-width: 90rem)");

function remember(open) {
  try {
    if (open) localStorage.setItem("last-answers", "open");
    else localStorage.removeItem("last-answers");
  } catch {
    // The choice then lasts for this page only.
  }
}

function wasOpen() {
  try {
    return localStorage.getItem("last-answers") === "open";
  } catch {
    return false;
  }
}

async function refresh() {
  if (aside.hidden || !wide.matches) return;
  const answer = await fetch(aside.dataset.from).catch(() => null);
  if (answer?.ok && !answer.redirected) aside.innerHTML = await answer.text();
}

function toggle(open) {
  aside.hidden = !open;
  button.setAttribute("aria-expanded", String(open));
  refresh();
}

button.addEventListener("click", () => {
  remember(aside.hidden);
  toggle(aside.hidden);
});
document.addEventListener("answer-saved", refresh);
wide.addEventListener("change", refresh);
toggle(wasOpen());
