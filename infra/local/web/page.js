// What the page does without this script, it does with it; only more smoothly.
"use strict";

// Keep the place on the page when an act comes back to it.
const place = "place of " + location.pathname;
const kept = sessionStorage.getItem(place);
sessionStorage.removeItem(place);
if (kept && !location.hash) scrollTo(0, Number(kept));

addEventListener("submit", (event) => {
  sessionStorage.setItem(place, String(scrollY));
  // Say that something runs, and do not do it twice. The button's value is sent before it is switched off.
  const button = event.submitter;
  if (!button) return;
  setTimeout(() => {
    button.setAttribute("aria-busy", "true");
    if (button.dataset.busy) button.textContent = button.dataset.busy;
    for (const other of document.querySelectorAll("button")) other.disabled = true;
  });
});

// A page that loads itself again keeps its place, too.
if (document.querySelector("meta[http-equiv=refresh]")) {
  addEventListener("pagehide", () => sessionStorage.setItem(place, String(scrollY)));
}

// Coming back by the browser's button shows the page as it was, with its buttons off.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
