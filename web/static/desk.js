// The desk where scripts run: keys that press what stands on the page. Without them nothing is missing. No key acts while
// somebody types, and all of them can be switched off.
"use strict";
(() => {
  const OFF = "desk-keys-off";
  const GO = { i: "/desk?queue=intake", m: "/desk?queue=mine", s: "/desk?queue=supervisor", t: "/desk/tasks", l: "/desk/letters" };
  const WAIT = 1500; // milliseconds for the second key of two
  const keys = document.getElementById("keys");
  let going = 0;
  const off = () => { try { return localStorage.getItem(OFF) === "yes"; } catch { return false; } };
  const typing = (at) => at.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const visible = (one) => one && one.offsetParent !== null;

  function walk(step) {
    const lines = [...document.querySelectorAll("[data-line]")].map((line) => line.querySelector("a[href]")).filter(Boolean);
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
    if (key === "?") { if (keys && keys.showModal) keys.showModal(); else location.assign("/desk/keys"); return true; }
    const target = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && visible(one));
    if (target) { if (target.type === "submit") target.focus(); else target.click(); return true; } // Enter then sends it
    if (key === "n") { location.assign("/desk/next"); return true; }
    return false;
  }

  // Ctrl (or ⌘) and Enter send the form that one is in, by its first button; where several buttons decide what is sent
  // (they have a name), none of them. Escape leaves a box, so that keys work again.
  function within(event, box) {
    if (event.key === "Escape") { box.blur(); return true; }
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !box.form) return false;
    const button = box.form.querySelector("button[type=submit]:not([name])");
    if (button) box.form.requestSubmit(button);
    return Boolean(button);
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || off() || keys && keys.open) return; // over the list of keys only Escape, which is the browser's
    const box = typing(event.target);
    if (box) { if (within(event, box)) event.preventDefault(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !"jk".includes(event.key)) return;
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
  });
})();
