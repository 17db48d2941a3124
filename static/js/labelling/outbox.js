// Answers on their way. Each is kept in the browser from the key press until the server has acknowledged it,
// and sent again until then: after a lost connection, a restart of the server, a new log-in, a closed tab.
//
// They lie in localStorage and not in IndexedDB: a write there is done when the call returns, so that a tab
// closed right after the key has kept its answer, where a transaction would be aborted with the page. An answer
// is a few hundred bytes and a key of its own, so tabs do not overwrite each other. Answers go out one after
// another in the order in which they were given, by a running number: no clock decides. However often one
// arrives, its `submission` lets the server store it once.

import { gettext, interpolate, ngettext } from "../site/words.js";

const PREFIX = "answer:";
const RETRY_SECONDS = [1, 2, 4, 8, 15];
const TIMEOUT_MS = 15_000;
const SAVING_SHOWN_AFTER_MS = 300;

const annotator = document.querySelector("meta[name=annotator]")?.content;
const unstorable = new Map(); // where storage is forbidden or full: answers live as long as the page
const heldBack = new Map(); // submission -> why the server does not take it now; a reload tries again
let asking = () => ({ wanted: 0 });
let sending = false;
let failures = 0;
let loggedOut = false;
let retryTimer = 0;
let savingTimer = 0;

// --- Keeping ----------------------------------------------------------------------------------

function stored() {
  const found = [];
  try {
    for (let i = 0; i < localStorage.length; i++) {
      const key = localStorage.key(i);
      if (key.startsWith(PREFIX)) found.push(JSON.parse(localStorage.getItem(key)));
    }
  } catch {
    // Without storage there is nothing stored.
  }
  return found;
}

/** This annotator's answers that the server has not acknowledged, in the order in which they were given. */
export function waiting() {
  return [...stored(), ...unstorable.values()]
    .filter((answer) => answer.annotator === annotator)
    .sort((one, other) => one.number - other.number);
}

/** Keep an answer, `url` and the fields of its form, and start sending. */
export function keep(answer) {
  const number = 1 + Math.max(0, ...waiting().map((each) => each.number));
  const kept = { ...answer, number, annotator, submission: randomIdentifier() };
  try {
    localStorage.setItem(PREFIX + kept.submission, JSON.stringify(kept));
  } catch {
    unstorable.set(kept.submission, kept);
  }
  send();
}

function forget({ submission }) {
  unstorable.delete(submission);
  heldBack.delete(submission);
  try {
    localStorage.removeItem(PREFIX + submission);
  } catch {
    // It was not there.
  }
}

/** A random UUID; `crypto.randomUUID` exists over HTTPS only, and museums have internal networks. */
function randomIdentifier() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

// --- Sending ----------------------------------------------------------------------------------

/** `ask(answer)` gives what a page wants to know with the acknowledgement: {held, wanted}. */
export function askWithAnswers(ask) {
  asking = ask;
}

export async function send() {
  clearTimeout(retryTimer);
  if (sending || !annotator) return;
  sending = true;
  savingTimer = setTimeout(sayState, SAVING_SHOWN_AFTER_MS);
  let next;
  while ((next = waiting().find((answer) => !heldBack.has(answer.submission))) && (await deliver(next)));
  clearTimeout(savingTimer);
  sending = false;
  if (next) {
    retryTimer = setTimeout(send, 1000 * RETRY_SECONDS[Math.min(failures, RETRY_SECONDS.length - 1)]);
    failures += 1;
    announce("answer-waits", {});
  }
  sayState();
}

/** Whether the next one can go: this one is stored, or the server will not have it. */
async function deliver(answer) {
  const { url, number, ...fields } = answer;
  const asked = asking(answer);
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
      body: new URLSearchParams({ ...fields, ...asked }),
      redirect: "manual", // to the log-in page
      keepalive: true,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) {
      const reply = await response.json();
      loggedOut = false;
      failures = 0;
      forget(answer);
      announce("answer-saved", { answer, reply, asked });
      return true;
    }
  } catch {
    return false; // no connection, or cut off on the way back
  }
  loggedOut = response.type === "opaqueredirect" || [401, 403].includes(response.status);
  if (loggedOut || response.status === 429 || response.status >= 500) return false;
  await refused(answer, response);
  return true;
}

async function refused(answer, response) {
  let problem = gettext("The server does not know this page any more: reload it.");
  try {
    ({ problem } = await response.json());
  } catch {
    // A page instead of a sentence.
  }
  // A campaign or study that is closed may open again; anything else stays wrong however often it is sent.
  if (response.status === 409) heldBack.set(answer.submission, problem);
  else forget(answer);
  announce("answer-refused", { answer, problem });
}

/** As the browser has it now: a new log-in has changed it since the page was made. */
function csrfToken() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}

function announce(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

// --- Saying so --------------------------------------------------------------------------------

function sayState() {
  const state = document.getElementById("saved");
  if (!state) return;
  const left = waiting().length;
  const unsaved = failures || heldBack.size;
  let text = left ? gettext("Saving") : state.textContent && gettext("Saved");
  if (left && unsaved) text = notYetSaved(left);
  if (state.textContent !== text) state.textContent = text;
  const logIn = document.getElementById("log-in-again");
  if (logIn) logIn.hidden = !(left && loggedOut);
}

function notYetSaved(left) {
  const values = { count: left };
  if (loggedOut)
    return interpolate(
      ngettext(
        "%(count)s answer not yet saved: you have been logged out",
        "%(count)s answers not yet saved: you have been logged out",
        left,
      ),
      values,
    );
  return interpolate(ngettext("%(count)s answer not yet saved", "%(count)s answers not yet saved", left), values);
}

document.addEventListener("answer-saved", () => {
  const state = document.getElementById("saved");
  if (state && !state.textContent) state.textContent = gettext("Saved");
});
addEventListener("online", send);
addEventListener("pageshow", send);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) send();
});
addEventListener("beforeunload", (event) => {
  if (unstorable.size) event.preventDefault();
});
send();
