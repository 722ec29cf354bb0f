// Drafts are kept while somebody types, and the forms of a case open on its page. Without scripts: a button, a link.
"use strict";
(() => {
  let waiting = 0;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-draft]");
    if (!form) return;
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const said = form.querySelector("[data-said]");
      try {
        const answer = await fetch(form.dataset.draft, { method: "POST", body: new URLSearchParams(new FormData(form)) });
        if (said && answer.ok) said.textContent = await answer.text();
      } catch { /* the line is away; the next letter tries again */ }
    }, 1500);
  });
  document.addEventListener("submit", () => clearTimeout(waiting));
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href*='/do/']");
    const place = document.getElementById("doing");
    if (!link || !place || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("doing");
      if (!answer.ok || !fresh || !fresh.querySelector("form")) throw new Error("not a form");
      place.replaceWith(fresh);
      fresh.querySelector("h2").focus();
      fresh.scrollIntoView({ block: "start" });
    } catch { location.assign(link.href); }
  });
})();
