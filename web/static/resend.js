// Sending over a bad line, for the scripts that send files: with progress, again after a pause, large files in pieces.
// The server says how much of a large file it has: after a lost connection, or when the same file is chosen again after
// a reload, it goes on there. `heard` is told how many bytes have gone, `waits` whether the line is lost.
"use strict";
window.resend = (() => {
  const PAUSES = [1, 2, 4, 8, 15, 30]; // seconds before the next try
  const STALLED = 60; // seconds without a sign of life after which a line counts as lost

  class Refused extends Error {} // by the server, in words; no further try would help

  function ask(method, address, body, heard, headers = {}) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      let lost = 0;
      const alive = () => { clearTimeout(lost); lost = setTimeout(() => request.abort(), STALLED * 1000); };
      request.open(method, address);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = (event) => { alive(); heard(event.loaded); };
      request.onload = () => (request.status >= 500 || request.status === 429 ? reject() : resolve(request));
      request.onerror = request.onabort = reject;
      request.onloadend = () => clearTimeout(lost);
      alive();
      request.send(body);
    });
  }

  function wait(seconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      window.addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
    });
  }

  // Send a large file in pieces; returns what the form calls it. Throws Refused, or what the last of many tries ended with.
  async function carry(form, file, heard, waits) {
    const { pieces, piece } = form.dataset;
    const key = `${file.size}.${file.lastModified}.${file.name.slice(-200)}`;
    const headers = { "Upload-Key": encodeURIComponent(key), "X-CSRFToken": form.elements.csrf_token.value };
    const tell = (at) => ({ ...headers, "Upload-Offset": at, "Content-Type": "application/octet-stream" });
    let here = -1; // not known
    for (let tries = 0; here < file.size;) {
      try {
        const at = here;
        const answer = at < 0
          ? await ask("GET", pieces, null, () => {}, headers)
          : await ask("POST", pieces, file.slice(at, at + Number(piece)), (sent) => heard(at + sent), tell(at));
        if (answer.status === 422) throw new Refused(answer.responseText);
        here = Number(answer.getResponseHeader("Upload-Offset") ?? NaN);
        if (answer.status !== 204 || Number.isNaN(here)) throw new Error(answer.status);
        heard(here);
        if (here > at && at >= 0) { tries = 0; waits(false); }
      } catch (error) {
        if (error instanceof Refused || tries >= PAUSES.length) throw error;
        waits(true);
        await wait(PAUSES[tries]);
        tries += 1;
        here = -1;
      }
    }
    return key;
  }

  // Why a file is not even tried; "" where it is.
  function large(say, file) {
    const [most, text] = file.type.startsWith("video/") ? [say.mostVideo, say.largeVideo] : [say.most, say.large];
    return file.size > Number(most) ? text : "";
  }

  return { PAUSES, Refused, ask, carry, large, wait };
})();
