// The desk where scripts run: keys that press what stands on the page, and ticking a whole batch. Without them nothing is
// missing. No key acts while somebody types, and all of them can be switched off.
"use strict";
(() => {
  const OFF = "desk-keys-off";
  const GO = { i: "/desk?queue=intake", m: "/desk?queue=mine", s: "/desk?queue=supervisor", t: "/desk/tasks", l: "/desk/letters" };
  const WAIT = 1500; // milliseconds for the second key of two
  let going = 0;
  const off = () => { try { return localStorage.getItem(OFF) === "yes"; } catch { return false; } };
  const typing = (at) => at.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const visible = (one) => one && one.offsetParent !== null;

  function walk(step) {
    const lines = [...document.querySelectorAll("[data-line] a[href]:first-of-type")].filter((link) => link.closest("th"));
    if (!lines.length) return false;
    const here = lines.indexOf(document.activeElement);
    lines[here < 0 ? (step > 0 ? 0 : lines.length - 1) : Math.min(Math.max(here + step, 0), lines.length - 1)].focus();
    return true;
  }

  function press(key) {
    if (going && Date.now() - going < WAIT && GO[key]) { location.assign(GO[key]); return true; }
    going = 0;
    if (key === "g") { going = Date.now(); return true; }
    if (key === "j") return walk(1);
    if (key === "k") return walk(-1);
    if (key === "/") { const box = document.querySelector("[data-search]"); if (box) box.focus(); else location.assign("/desk"); return true; }
    if (key === "?") { location.assign("/desk/keys"); return true; }
    const target = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && visible(one));
    if (target) { target.click(); return true; }
    if (key === "n") { location.assign("/desk/next"); return true; }
    return false;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && !"jk".includes(event.key)) return;
    if (off() || typing(event.target)) return;
    if (press(event.key)) event.preventDefault();
  });

  window.addEventListener("DOMContentLoaded", () => {
    const first = document.querySelector(".doing input:not([type=hidden]), .doing textarea, .doing select");
    if (first && !document.querySelector(".summary[role=alert]")) first.focus(); // so that an action is begun and sent by keys
    for (const place of document.querySelectorAll("[data-key-switch]")) {
      const box = place.querySelector("input");
      place.hidden = false;
      box.checked = !off();
      box.addEventListener("change", () => { try { localStorage.setItem(OFF, box.checked ? "no" : "yes"); } catch { box.checked = true; } });
    }
    for (const button of document.querySelectorAll("[data-tick-all]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const boxes = [...button.closest("form").querySelectorAll("input[type=checkbox]")];
        const on = boxes.some((box) => !box.checked);
        boxes.forEach((box) => (box.checked = on));
      });
    }
  });
})();
