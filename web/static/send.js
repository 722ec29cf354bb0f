// A form with files: sent with progress, again by itself when the connection was lost.
// The server keeps the same content once, so what arrived without our hearing of it may be sent again.
"use strict";
(() => {
  const form = document.querySelector("form.sends");
  if (!form) return;
  const PAUSES = [1, 2, 4, 8, 15, 30]; // seconds before the next try
  const say = form.dataset;
  const button = form.querySelector("button[type=submit]");
  const bar = document.createElement("progress");
  const note = document.createElement("p");
  bar.max = 1;
  bar.setAttribute("aria-label", button.textContent);
  note.className = "hint";
  note.setAttribute("role", "status");

  function post(body) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; };
      request.onload = () => (request.status >= 500 || request.status === 429 ? reject() : resolve(request));
      request.onerror = request.ontimeout = reject;
      request.timeout = 300000;
      request.send(body);
    });
  }

  function wait(seconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      window.addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
    });
  }

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
        show(await post(body));
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
