// What every page does where scripts run. Without them nothing is missing: forms post, links lead on.
"use strict";
document.documentElement.classList.add("js");
document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('input[name="csrf_token"]');
  if (token) event.detail.headers["X-CSRFToken"] = token.value;
});
window.addEventListener("DOMContentLoaded", () => {
  const summary = document.querySelector(".summary[role=alert]");
  if (summary) summary.focus(); // what went wrong is heard and seen first
});
