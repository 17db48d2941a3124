// Charts that answer to the pointer. Each stands in the page as a drawing of the server's; once it comes near the
// window, the same chart is drawn here by Vega-Lite and takes its place. Expressions are interpreted and never
// evaluated, so that the site's Content-Security-Policy holds. Whatever fails, the server's drawing stays.

(() => {
  const NEAR = "400px"; // so far outside the window a chart is made ready
  const tip = document.createElement("div");
  tip.className = "chart-tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true"); // the text alternative and the table have the same figures

  function line(name, value) {
    const row = document.createElement("p");
    const label = document.createElement("span");
    label.textContent = name;
    row.append(label, ` ${value}`);
    return row;
  }

  // Vega's own tooltip writes a style element and style attributes, which the policy refuses.
  function showTip(_handler, event, _item, value) {
    if (!value || typeof value !== "object") {
      tip.hidden = true;
      return;
    }
    const { title, ...figures } = value;
    const heading = document.createElement("strong");
    heading.textContent = title;
    tip.replaceChildren(heading, ...Object.entries(figures).map(([name, figure]) => line(name, figure)));
    tip.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = tip;
    const left = Math.min(event.clientX + 14, document.documentElement.clientWidth - width - 8);
    const below = event.clientY + 18;
    const fits = below + height + 8 < window.innerHeight;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${fits ? below : Math.max(8, event.clientY - height - 14)}px`;
  }

  const OPTIONS = {
    mode: "vega-lite",
    renderer: "svg",
    ast: true, // vega-embed then brings its interpreter
    actions: false,
    defaultStyle: false,
    tooltip: showTip,
    logLevel: 1,
  };

  const alive = new Map(); // figures with what ends the drawing in them

  async function enliven(figure) {
    const answer = await fetch(figure.dataset.chart, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) return;
    const stage = document.createElement("div");
    const { finalize } = await window.vegaEmbed(stage, await answer.json(), OPTIONS);
    const drawn = stage.querySelector("svg");
    const still = figure.querySelector(".chart-drawing > svg");
    if (!drawn || !still || !figure.isConnected) {
      finalize();
      return;
    }
    alive.set(figure, finalize);
    drawn.setAttribute("aria-hidden", "true"); // the drawing's own role and words are around it
    still.replaceWith(drawn);
    figure.dataset.live = "";
  }

  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        enliven(target).catch((error) => console.warn("The chart stays as it is:", error));
      }
    },
    { rootMargin: NEAR },
  );

  function look(part) {
    for (const [figure, finalize] of alive) {
      if (figure.isConnected) continue;
      finalize();
      alive.delete(figure);
    }
    for (const figure of part.querySelectorAll("figure[data-chart]:not([data-live])")) near.observe(figure);
  }

  document.body.append(tip);
  document.addEventListener("scroll", () => (tip.hidden = true), { passive: true, capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") tip.hidden = true;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    tip.hidden = true;
    look(event.target.isConnected ? event.target : document);
  });
  look(document);
})();
