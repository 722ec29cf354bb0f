// One box that ticks all cases of the page, where scripts run; and the button says how many are ticked.
"use strict";
window.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("hand-over");
  if (!form) return;
  const boxes = [...form.querySelectorAll('input[name="case"]')];
  const all = form.dataset.all;
  const head = form.querySelector("thead th");
  if (!head || !all) return;
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  label.className = "all";
  label.append(box, all);
  form.querySelector(".to-whom").append(label);
  const count = document.createElement("span");
  count.className = "count";
  count.setAttribute("aria-live", "polite");
  label.append(count);
  const say = () => {
    const ticked = boxes.filter((each) => each.checked).length;
    count.textContent = ticked ? String(ticked) : "";
    box.checked = ticked === boxes.length;
    box.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  box.addEventListener("change", () => { boxes.forEach((each) => { each.checked = box.checked; }); say(); });
  boxes.forEach((each) => each.addEventListener("change", say));
  say();
});
