// Asks a passkey or security key, to make one or to show one, and sends what it answers with the form.
//
// A form with data-passkey="create" or "get" holds the button that begins, a hidden field `credential`, and the
// element where is said what went wrong; the page has the server's options as JSON.

import { gettext } from "./words.js";

const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
const textOf = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
const withBytes = (keys) => (keys ?? []).map((key) => ({ ...key, id: bytesOf(key.id) }));

/** The server's options as the browser takes them: bytes where JSON has base64url. */
function understood({ publicKey }) {
  const options = { ...publicKey, challenge: bytesOf(publicKey.challenge) };
  if (options.user) options.user = { ...options.user, id: bytesOf(options.user.id) };
  if (options.excludeCredentials) options.excludeCredentials = withBytes(options.excludeCredentials);
  if (options.allowCredentials) options.allowCredentials = withBytes(options.allowCredentials);
  return options;
}

/** The key's answer as JSON (WebAuthn level 3, toJSON). */
function asJson(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const given = parts.filter((part) => response[part]).map((part) => [part, textOf(response[part])]);
  return JSON.stringify({
    id: credential.id,
    rawId: textOf(credential.rawId),
    type: credential.type,
    response: Object.fromEntries(given),
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

function reason(error) {
  if (error.name === "InvalidStateError") return gettext("This key was added before: use another one.");
  if (error.name === "SecurityError") return gettext("Keys work under the site’s own name with https only.");
  return gettext("The key did not answer: try again, and confirm on it when it asks.");
}

async function ask(form, problem) {
  problem.hidden = true;
  const publicKey = understood(JSON.parse(document.getElementById("passkey-options").textContent));
  try {
    const found = await navigator.credentials[form.dataset.passkey]({ publicKey });
    form.elements.credential.value = asJson(found);
    form.submit();
  } catch (error) {
    problem.textContent = reason(error);
    problem.hidden = false;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("[data-passkey-begin]");
  const problem = form.querySelector("[data-passkey-problem]");
  const isPossible = Boolean(navigator.credentials && globalThis.PublicKeyCredential);
  if (!isPossible) {
    problem.textContent = gettext("This browser takes no keys here.");
    problem.hidden = false;
    button.disabled = true;
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(form, problem);
  });
}
