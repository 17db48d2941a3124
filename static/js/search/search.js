// On a narrow page what narrows a search down is shut until it is wanted, or something of it is chosen.
// A picture that is dropped on the search box, or pasted anywhere on the page, is sent as if it had been chosen.
"use strict";

(() => {
  const isNarrow = matchMedia("(max-width: 60rem)");
  const shut = () => {
    const facets = document.querySelector("[data-facets]");
    if (facets && isNarrow.matches && !("chosen" in facets.dataset)) facets.open = false;
    if (facets && !isNarrow.matches) facets.open = true;
  };
  isNarrow.addEventListener("change", shut);
  document.addEventListener("htmx:afterSwap", shut);
  shut();

  const form = document.querySelector("[data-picture-form]");
  const box = document.querySelector("[data-picture-drop]");
  if (!form || !box) return;
  const file = form.querySelector('input[type="file"]');

  function send(transfer) {
    const pictures = [...transfer.files].filter((each) => each.type.startsWith("image/"));
    if (!pictures.length) return false;
    const chosen = new DataTransfer();
    chosen.items.add(pictures[0]);
    file.files = chosen.files;
    form.requestSubmit();
    return true;
  }

  file.addEventListener("change", () => file.files.length && form.requestSubmit());
  document.addEventListener("paste", (event) => {
    if (event.clipboardData && send(event.clipboardData)) event.preventDefault();
  });
  box.addEventListener("dragover", (event) => {
    event.preventDefault();
    box.classList.add("is-dropping");
  });
  box.addEventListener("dragleave", () => box.classList.remove("is-dropping"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("is-dropping");
    send(event.dataTransfer);
  });
})();
