// Files are sent one by one, so that each shows how far it is and one that fails stops no other.
"use strict";

(() => {
  const form = document.getElementById("drop");
  if (!form) return;
  const input = document.getElementById("files");
  const line = document.getElementById("sending");
  const bar = line.querySelector("progress");
  const name = document.getElementById("sending-name");
  const failed = document.getElementById("not-sent");
  const said = document.getElementById("said");
  const waiting = [];
  let busy = false;

  const told = (words, file) => words.replace("{name}", file);

  function look() {
    const intake = document.getElementById("intake");
    if (intake && window.htmx) window.htmx.trigger(intake, "look");
  }

  function send(file) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      const body = new FormData();
      body.append("files", file, file.name);
      request.open("POST", "/add");
      request.setRequestHeader("X-CSRF-Token", document.querySelector('meta[name="csrf-token"]').content);
      request.setRequestHeader("HX-Request", "true");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) {
          bar.max = event.total;
          bar.value = event.loaded;
        }
      });
      request.addEventListener("loadend", () => resolve(request.status === 200));
      request.send(body);
    });
  }

  async function work() {
    if (busy) return;
    busy = true;
    line.hidden = false;
    let lost = 0;
    while (waiting.length) {
      const file = waiting.shift();
      name.textContent = told(form.dataset.sending, file.name);
      bar.value = 0;
      if (!(await send(file))) {
        lost += 1;
        const item = document.createElement("li");
        item.textContent = told(form.dataset.failed, file.name);
        failed.append(item);
      }
      look();
    }
    line.hidden = true;
    busy = false;
    if (!lost) {
      said.textContent = form.dataset.sent;
      setTimeout(() => { said.textContent = ""; }, 5000);
    }
  }

  function add(files) {
    if (!files.length) return;
    failed.replaceChildren();
    waiting.push(...files);
    work();
  }

  function read(entry) {
    if (entry.isFile) return new Promise((resolve) => entry.file((file) => resolve([file]), () => resolve([])));
    const reader = entry.createReader();
    // A folder tells its entries in batches, an empty one is the last.
    const batch = () => new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    return (async () => {
      const found = [];
      for (let entries = await batch(); entries.length; entries = await batch()) {
        for (const inner of entries) if (!inner.name.startsWith(".")) found.push(...(await read(inner)));
      }
      return found;
    })();
  }

  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    add([...input.files]);
    input.value = "";
  });
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => { event.preventDefault(); form.classList.add("over"); });
  }
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) form.classList.remove("over"); });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    form.classList.remove("over");
    const items = [...(event.dataTransfer.items || [])];
    const entries = items.map((item) => (item.webkitGetAsEntry ? item.webkitGetAsEntry() : null)).filter(Boolean);
    const plain = [...event.dataTransfer.files];
    const found = entries.length ? (await Promise.all(entries.map(read))).flat() : plain;
    add(found);
  });
})();
