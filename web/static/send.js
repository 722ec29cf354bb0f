// A form with files: sent with progress, again by itself when the connection was lost.
// The server keeps the same content once, so what arrived without our hearing of it may be sent again.
"use strict";
(() => {
  const form = document.querySelector("form.sends");
  if (!form) return;
  const { PAUSES, post, wait } = window.resend;
  const say = form.dataset;
  const button = form.querySelector("button[type=submit]");
  const bar = document.createElement("progress");
  const note = document.createElement("p");
  bar.max = 1;
  bar.setAttribute("aria-label", button.textContent);
  note.className = "hint";
  note.setAttribute("role", "status");

  function show(answer) { // as the browser would: the case with what was recorded, or the form with what is wrong
    window.history.replaceState(null, "", answer.responseURL);
    document.open();
    document.write(answer.responseText);
    document.close();
  }

  async function send(body) {
    button.disabled = true;
    form.append(bar, note);
    for (let attempt = 0; attempt <= PAUSES.length; attempt += 1) {
      bar.value = 0;
      try {
        show(await post(form.action, body, bar));
        return;
      } catch {
        note.textContent = attempt < PAUSES.length ? say.waiting : say.failed;
        if (attempt < PAUSES.length) await wait(PAUSES[attempt]);
      }
    }
    button.disabled = false;
    bar.remove();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(new FormData(form));
  });
})();
