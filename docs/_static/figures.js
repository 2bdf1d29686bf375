// Draws the figures of a page: each when it comes into view, light or dark as the page is, and anew when that changes.
"use strict";

(() => {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  // So narrow, in pixels, the buttons would lie over the title.
  const NARROW = 600;
  const places = document.querySelectorAll("div[data-figure]");

  function isDark() {
    const theme = document.body.dataset.theme;
    return theme === "dark" || (theme !== "light" && system.matches);
  }

  function draw(place) {
    const both = JSON.parse(place.nextElementSibling.textContent);
    const figure = isDark() ? both.dark : both.light;
    // A figure of another appearance is a new one: Plotly keeps colours of a template that was.
    const options = { responsive: true, displaylogo: false };
    if (place.clientWidth < NARROW) options.displayModeBar = false;
    Plotly.newPlot(place, figure.data, figure.layout, options);
    place.dataset.drawn = "yes";
  }

  const watcher = new IntersectionObserver(
    (seen) => {
      for (const one of seen) {
        if (one.isIntersecting && !one.target.dataset.drawn) draw(one.target);
      }
    },
    { rootMargin: "400px" },
  );

  function drawAgain() {
    for (const place of places) if (place.dataset.drawn) draw(place);
  }

  for (const place of places) watcher.observe(place);
  system.addEventListener("change", drawAgain);
  new MutationObserver(drawAgain).observe(document.body, { attributes: true, attributeFilter: ["data-theme"] });
})();
