// The guide's table of keys: press "Change", then the key.

import { gettext, interpolate } from "../site/words.js";
import { chooseKey, forgetKeys, keyOf } from "./keys.js";

const FIXED = ["Tab", "Enter", "Escape", "Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock"];
const nameOf = (action) => document.getElementById(`key-name-${action}`).textContent;
const say = (sentence, name) => interpolate(sentence, { name });
const state = document.getElementById("key-state");
let asking = null;

function ask(button) {
  asking = button.dataset.changeKey;
  state.textContent = say(gettext("Press the key for %(name)s; Escape leaves it as it is."), nameOf(asking));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-change-key]");
  if (button) ask(button);
  if (!event.target.closest("[data-forget-keys]")) return;
  asking = null;
  forgetKeys();
  state.textContent = gettext("The keys are as at the start.");
});

document.addEventListener(
  "keydown",
  (event) => {
    if (!asking || event.key === "Tab") return;
    event.preventDefault();
    if (event.key === "Escape") {
      state.textContent = "";
    } else if (FIXED.includes(event.key)) {
      state.textContent = say(gettext("%(name)s has a use of its own: press another key."), event.key);
      return;
    } else {
      const taken = chooseKey(asking, keyOf(event));
      if (taken) {
        state.textContent = say(gettext("That key is for %(name)s: press another one."), nameOf(taken));
        return;
      }
      state.textContent = say(gettext("%(name)s has a new key."), nameOf(asking));
    }
    asking = null;
  },
  true,
);
