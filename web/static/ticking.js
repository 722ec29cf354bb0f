// One box that ticks all lines of a list, with how many are ticked. Without scripts a button of the form takes them all.
"use strict";
window.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll("[data-tick-all]")) {
    const boxes = [...place.closest("form").querySelectorAll("input[type=checkbox]")];
    const label = document.createElement("label");
    const box = document.createElement("input");
    const count = document.createElement("span");
    box.type = "checkbox";
    label.className = "tick-all";
    count.className = "count";
    count.setAttribute("aria-live", "polite");
    label.append(box, place.dataset.tickAll, count);
    place.append(label);
    const say = () => {
      const ticked = boxes.filter((each) => each.checked).length;
      count.textContent = ticked ? String(ticked) : "";
      box.checked = ticked === boxes.length;
      box.indeterminate = ticked > 0 && ticked < boxes.length;
    };
    box.addEventListener("change", () => { boxes.forEach((each) => { each.checked = box.checked; }); say(); });
    boxes.forEach((each) => each.addEventListener("change", say));
    say();
  }
});
