// Keys for the table of candidates, and how many are ticked. All of it can be done by Tab as well.
(() => {
  "use strict";

  const table = document.querySelector("[data-keys=candidates]");
  if (!table) return;
  const rows = [...table.querySelectorAll("tbody tr")];
  const ticks = document.querySelector("#ticks");
  const choice = document.querySelector("#keys");
  const KEPT = "assay-keys";
  let at = -1;

  // A browser may forbid to keep anything: then the choice holds for this page.
  function kept() {
    try { return localStorage.getItem(KEPT) !== "off"; } catch { return true; }
  }

  function keep(on) {
    try { localStorage.setItem(KEPT, on ? "on" : "off"); } catch { /* it holds for this page */ }
  }

  function count() {
    if (ticks) ticks.textContent = String(table.querySelectorAll("input:checked").length);
  }

  function go(to) {
    if (to < 0 || to >= rows.length) return;
    rows[at]?.classList.remove("at");
    at = to;
    rows[at].classList.add("at");
    rows[at].querySelector("a").focus();
  }

  const keys = {
    j: () => go(at + 1),
    k: () => go(at - 1),
    x: () => {
      const box = rows[at]?.querySelector("input[type=checkbox]");
      if (box) { box.checked = !box.checked; count(); }
    },
    "/": () => document.querySelector("#q")?.focus(),
  };

  function isTyping(place) {
    return place.closest("input:not([type=checkbox]), select, textarea, [contenteditable]") !== null;
  }

  function press(event) {
    if (!choice.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  }

  choice.closest("details").hidden = false;
  choice.checked = kept();
  choice.addEventListener("change", () => keep(choice.checked));
  table.addEventListener("change", count);
  table.addEventListener("focusin", (event) => {
    const row = rows.indexOf(event.target.closest("tr"));
    if (row >= 0 && row !== at) {
      rows[at]?.classList.remove("at");
      at = row;
      rows[at].classList.add("at");
    }
  });
  document.addEventListener("keydown", press);
  count();
})();
