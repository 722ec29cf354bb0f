// The desk where scripts run: ticking a whole batch. Without them nothing is missing.
"use strict";
window.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("[data-tick-all]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const boxes = [...button.closest("form").querySelectorAll("input[type=checkbox]")];
      const on = boxes.some((box) => !box.checked);
      boxes.forEach((box) => (box.checked = on));
    });
  }
});
