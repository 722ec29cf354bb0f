// Files of a draft: sent as soon as they are chosen, with progress, again by itself when the connection was lost; large
// ones go on where they stopped.
// The server keeps the same content once, so a file that arrived without our hearing of it may be sent again.
"use strict";
(() => {
  const form = document.querySelector("form.upload");
  if (!form) return;
  const { PAUSES, Refused, ask, carry, large, wait } = window.resend;
  const list = form.querySelector(".sending");
  const say = form.dataset;
  const onward = form.querySelector("button[name=go]");
  const holding = form.querySelector(".holding");
  let last = Promise.resolve(); // one after the other: a phone's line is narrow
  let waiting = 0; // files that have not arrived yet

  function row(name) {
    const line = document.createElement("li");
    const label = document.createElement("span");
    const bar = document.createElement("progress");
    const note = document.createElement("span");
    label.textContent = name;
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    note.className = "hint";
    line.append(label, bar, note);
    list.append(line);
    return { line, bar, note };
  }

  async function parts(file, shown, heard) {
    const body = new FormData();
    for (const hidden of form.querySelectorAll("input[type=hidden]")) body.append(hidden.name, hidden.value);
    if (file.size <= Number(say.piece)) body.append("file", file, file.name);
    else body.append("held", await carry(form, file, heard, (lost) => { shown.note.textContent = lost ? say.waiting : ""; }));
    return body;
  }

  async function send(file, shown) {
    const heard = (sent) => { shown.bar.value = sent / file.size; };
    let body;
    try {
      body = await parts(file, shown, heard);
    } catch (error) {
      if (error instanceof Refused) { shown.bar.remove(); shown.note.textContent = error.message; }
      else offer(file, shown, say.onward);
      return;
    }
    const sent = body.has("held") ? () => {} : heard;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await ask("POST", form.action, body, sent, { "X-Requested-With": "upload" });
        if (answer.status === 200 || answer.status === 422) document.getElementById("files").innerHTML = answer.responseText;
        if (answer.status === 200 || answer.status === 422) shown.line.remove();
        else shown.note.textContent = say.failed;
        return;
      } catch {
        if (attempt >= PAUSES.length) { offer(file, shown, say.failed); return; }
        shown.note.textContent = say.waiting;
        await wait(PAUSES[attempt]);
      }
    }
  }

  function offer(file, shown, text) {
    const again = document.createElement("button");
    again.type = "button";
    again.className = "small secondary";
    again.textContent = say.again;
    again.addEventListener("click", () => { shown.line.remove(); add(file); });
    shown.note.textContent = text;
    shown.line.append(again);
  }

  function add(file) {
    const shown = row(file.name);
    const why = large(say, file);
    if (why) { shown.bar.remove(); shown.note.textContent = why; return; }
    waiting += 1;
    last = last.then(() => send(file, shown)).then(() => { waiting -= 1; });
  }

  // Whoever goes on while files are on their way goes on when they have arrived; one that has not stays in sight.
  form.addEventListener("submit", (event) => {
    if (!waiting) return;
    event.preventDefault();
    if (!holding.hidden) return;
    holding.hidden = false;
    const settled = () => (waiting ? last.then(settled) : undefined);
    last.then(settled).then(() => {
      holding.hidden = true;
      if (!list.children.length) form.requestSubmit(onward);
    });
  });

  for (const box of form.querySelectorAll("input[type=file]")) {
    if (!box.hasAttribute("capture")) box.multiple = true;
    box.addEventListener("change", () => {
      for (const file of box.files) add(file);
      box.value = "";
    });
  }
  form.classList.add("lively");
})();
