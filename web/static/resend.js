// Sending over a bad line, for the scripts that send files: with progress, and how long to wait before the next try.
"use strict";
window.resend = {
  PAUSES: [1, 2, 4, 8, 15, 30], // seconds before the next try

  post(address, body, bar, headers = {}) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", address);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; };
      request.onload = () => (request.status >= 500 || request.status === 429 ? reject() : resolve(request));
      request.onerror = request.ontimeout = reject;
      request.timeout = 300000;
      request.send(body);
    });
  },

  wait(seconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      window.addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
    });
  },
};
