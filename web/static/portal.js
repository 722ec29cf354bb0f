// Drafts are kept while somebody types, and the forms of a case open on its page. Without scripts: a button, a link.
"use strict";
(() => {
  const PAUSE = 1500; // milliseconds after the last letter
  let timer = 0, typed = null, underway = null;

  function values(form) { // a chosen file is no text, and stays where it is
    return new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  }

  async function keep(form) {
    const said = form.querySelector("[data-said]");
    typed = null;
    underway = new AbortController();
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: values(form), signal: underway.signal });
      if (said && answer.ok && !answer.redirected) said.textContent = await answer.text();
    } catch { /* the line is away, or the form was sent: the next letter tries again */ }
  }

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-draft]");
    if (!form) return;
    clearTimeout(timer);
    typed = form;
    timer = setTimeout(() => keep(form), PAUSE);
  });
  document.addEventListener("submit", () => { // what is sent is no draft any more
    clearTimeout(timer);
    typed = null;
    underway?.abort();
  });
  window.addEventListener("pagehide", () => {
    if (typed) navigator.sendBeacon(typed.dataset.draft, values(typed));
  });

  async function open(link) {
    const answer = await fetch(link.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("doing"), move = page.querySelector("section.move");
    if (!answer.ok || answer.redirected || !move || !fresh?.querySelector("form")) throw new Error("not a form");
    document.querySelector("section.move").replaceWith(move);
    document.querySelector("header nav").replaceWith(page.querySelector("header nav")); // whose language switch keeps what is typed
    document.getElementById("doing").replaceWith(fresh);
    document.title = page.title;
    history.pushState(null, "", link.href);
    fresh.querySelector("h2").focus({ preventScroll: true });
    fresh.scrollIntoView({ block: "start" });
  }

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("main a[href*='/do/']");
    if (!link || !document.getElementById("doing") || link.origin !== location.origin || link.search) return;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
    event.preventDefault();
    if (typed) { clearTimeout(timer); await keep(typed); }
    try { await open(link); } catch { location.assign(link.href); }
  });
  window.addEventListener("popstate", () => location.reload());
})();
