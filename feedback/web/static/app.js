// Keys that make pages pleasant; without this file every link and form works as well.
//
// data-list   holds items that j and k move through      data-item   one of them
// data-open   the link in an item that o follows         data-key    what a key presses, opens or moves to
"use strict";

(() => {
  const items = () => [...document.querySelectorAll("[data-list] [data-item]")].filter((one) => one.offsetParent !== null);
  const current = () => document.querySelector("[data-item][data-current]");

  function move(step) {
    const all = items();
    if (!all.length) return;
    const at = all.indexOf(current());
    const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
    all.forEach((one) => one.removeAttribute("data-current"));
    next.setAttribute("data-current", "");
    const link = next.querySelector("[data-open]") || next;
    if (link === next && !next.hasAttribute("tabindex")) next.setAttribute("tabindex", "-1");
    link.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function open() {
    const link = current()?.querySelector("[data-open]");
    if (link) link.click();
  }

  function use(key) {
    const target = [...document.querySelectorAll(`[data-key="${key}"]`)].find((one) => one.offsetParent !== null);
    if (!target) return false;
    if (target.matches("details")) {
      target.open = true;
      target.querySelector("select, textarea, input:not([type=hidden]), button")?.focus();
    } else if (target.matches("input[type=checkbox]")) {
      target.click();
    } else if (target.matches("input, select, textarea")) {
      target.closest("details")?.setAttribute("open", "");
      target.focus();
      target.scrollIntoView({ block: "nearest" });
    } else {
      target.focus();
      target.click();
    }
    return true;
  }

  function showKeys() {
    document.getElementById("keys")?.showModal();
  }

  const typing = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const known = { j: () => move(1), k: () => move(-1), o: open, "?": showKeys };
    if (known[event.key]) known[event.key]();
    else if (event.key.length !== 1 || !/[a-z0-9/]/.test(event.key) || !use(event.key)) return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[data-key="?"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showKeys();
  });

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((one) => delete one.dataset.sent));

  document.getElementById("refused")?.scrollIntoView({ block: "start" });
})();
