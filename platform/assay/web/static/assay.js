// What makes the pages livelier. Without it everything works, one reload later.
(() => {
  "use strict";

  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

  // "2 days 3 hours", "14 minutes 5 seconds": the two largest parts that say
  // something; from a week on the days alone.
  function inWords(seconds) {
    let rest = Math.max(0, Math.floor(seconds));
    const days = Math.floor(rest / 86400);
    const parts = [];
    for (const [name, size] of units) {
      const count = Math.floor(rest / size);
      rest -= count * size;
      if (count && !(parts.length && days >= 7)) parts.push(`${count} ${name}${count === 1 ? "" : "s"}`);
    }
    return parts.slice(0, 2).join(" ") || "0 seconds";
  }

  function shortly(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    const minutes = Math.floor(whole / 60);
    return minutes ? `${minutes} min ${whole % 60} s` : `${whole} s`;
  }

  // The clock of the server counts: one that is wrong here must not show a wrong deadline.
  const served = Number(document.documentElement.dataset.now || 0) * 1000;
  const ahead = served ? Date.now() - served : 0;
  const now = () => (Date.now() - ahead) / 1000;

  function tick() {
    for (const place of document.querySelectorAll("[data-until]")) {
      const left = Number(place.dataset.until) - now();
      place.textContent = left > 0 ? inWords(left) : "over";
      if (left <= 0 && left > -2) setTimeout(() => location.reload(), 1500);
    }
    for (const place of document.querySelectorAll("[data-since]")) {
      place.textContent = shortly(now() - Number(place.dataset.since));
    }
  }

  function localTimes() {
    const form = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
    for (const place of document.querySelectorAll("time[datetime]:not([data-until])")) {
      const at = new Date(place.dateTime);
      if (!Number.isNaN(at.valueOf())) {
        place.title = place.textContent;
        place.textContent = form.format(at);
      }
    }
  }

  async function copy(button) {
    const text = button.parentElement.querySelector("code").textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(button.parentElement.querySelector("code"));
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  function copyButtons() {
    for (const box of document.querySelectorAll(".command:not(.copies)")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.textContent = "Copy";
      button.setAttribute("aria-label", `Copy: ${box.dataset.copies || "the command"}`);
      button.addEventListener("click", () => copy(button));
      box.classList.add("copies");
      box.append(button);
    }
  }

  // The log follows its end until somebody scrolls up to read.
  function follow(log) {
    const nearEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    let following = true;
    log.scrollTop = log.scrollHeight;
    log.addEventListener("scroll", () => { following = nearEnd(); });
    new MutationObserver(() => {
      if (following) log.scrollTop = log.scrollHeight;
    }).observe(log, { childList: true, characterData: true, subtree: true });
  }

  document.addEventListener("ended", () => location.reload());
  copyButtons();
  localTimes();
  tick();
  setInterval(tick, 1000);
  document.querySelectorAll("pre.log").forEach(follow);
})();
