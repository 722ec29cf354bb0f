// A form with files: sent with progress, again by itself when the connection was lost; large ones go before it in pieces.
// The server keeps the same content once, so what arrived without our hearing of it may be sent again.
"use strict";
(() => {
  const form = document.querySelector("form.sends");
  if (!form) return;
  const { PAUSES, Refused, ask, carry, large, wait } = window.resend;
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

  // What is sent at the end: small files as they are, for each large one what the server knows it by.
  async function parts(files, heard) {
    const body = new FormData(form);
    body.delete("file");
    let gone = 0;
    for (const file of files) {
      if (file.size <= Number(say.piece)) { body.append("file", file, file.name); continue; }
      const before = gone;
      body.append("held", await carry(form, file, (sent) => heard(before + sent), (lost) => { note.textContent = lost ? say.waiting : ""; }));
      gone += file.size;
    }
    return [body, gone];
  }

  async function send(files) {
    const total = files.reduce((sum, file) => sum + file.size, 0);
    const heard = (sent) => { bar.value = total ? Math.min(sent / total, 1) : 1; };
    const [body, gone] = await parts(files, heard);
    for (let attempt = 0; ; attempt += 1) {
      try {
        show(await ask("POST", form.action, body, (sent) => heard(gone + sent)));
        return;
      } catch {
        if (attempt >= PAUSES.length) throw new Error(say.failed);
        note.textContent = say.waiting;
        await wait(PAUSES[attempt]);
      }
    }
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const files = [...form.querySelectorAll("input[type=file]")].flatMap((box) => [...box.files]);
    const wrong = files.find((file) => large(say, file));
    button.disabled = true;
    form.append(bar, note);
    bar.value = 0;
    note.textContent = "";
    try {
      if (wrong) throw new Refused(`${wrong.name}: ${large(say, wrong)}`);
      await send(files);
    } catch (error) {
      note.textContent = error instanceof Refused ? error.message : say.onward;
      button.disabled = false;
      bar.remove();
    }
  });
})();
