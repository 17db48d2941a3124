// The guide's table of keys: press "Change", then the key.

import { chooseKey, forgetKeys, keyOf } from "./keys.js";

const FIXED = ["Tab", "Enter", "Escape", "Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock"];
const nameOf = (action) => document.getElementById(`key-name-${action}`).textContent;
const state = document.getElementById("key-state");
let asking = null;

function ask(button) {
  asking = button.dataset.changeKey;
  state.textContent = `Press the key for ${nameOf(asking)}; Escape leaves it as it is.`;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-change-key]");
  if (button) ask(button);
  if (!event.target.closest("[data-forget-keys]")) return;
  asking = null;
  forgetKeys();
  state.textContent = "The keys are as at the start.";
});

document.addEventListener(
  "keydown",
  (event) => {
    if (!asking || event.key === "Tab") return;
    event.preventDefault();
    if (event.key === "Escape") {
      state.textContent = "";
    } else if (FIXED.includes(event.key)) {
      state.textContent = `${event.key} has a use of its own: press another key.`;
      return;
    } else {
      const taken = chooseKey(asking, keyOf(event));
      if (taken) {
        state.textContent = `That key is for ${nameOf(taken)}: press another one.`;
        return;
      }
      state.textContent = `${nameOf(asking)} has a new key.`;
    }
    asking = null;
  },
  true,
);
