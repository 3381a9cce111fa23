// The field card from the keyboard. Everything here also works by button; without
// this script the page is a plain form.
import { askAhead, aheadKey, begin, doChores, opened, typeAhead, waiting } from "./sending.js";

(() => {
  const LEASE_MS = 45000;
  const SAID_MS = 4000;
  const ZOOMS = 4; // steps, see card.css
  const CONTRASTS = ["", "strong", "stronger", "inverted"];
  let shownAt = 0; // when the card came into sight, less the time it was hidden
  let hiddenAt = 0;
  let silence = 0; // timer that takes away the last message

  const find = (selector) => document.querySelector(selector);
  const card = () => find("#card[data-path]");
  const line = () => find("#value");
  const setting = (name, usual) => {
    try { return localStorage.getItem(name) ?? usual; } catch { return usual; }
  };
  const keep = (name, value) => {
    try { localStorage.setItem(name, value); } catch { /* private windows keep nothing */ }
  };

  document.documentElement.classList.add("scripts");

  // --- a card comes into sight

  function start() {
    if (!card()) return;
    shownAt = performance.now();
    hiddenAt = document.hidden ? shownAt : 0;
    applyZoom();
    applyContrast();
    const strip = find(".strip");
    const here = strip && strip.querySelector(".outline.here");
    if (here) {
      const middle = here.getBoundingClientRect().left - strip.getBoundingClientRect().left;
      strip.scrollLeft += middle - strip.clientWidth / 4;
    }
    changed();
    focusFirst();
    quietSoon();
  }

  function addressed() {
    for (const field of document.querySelectorAll(".top input[name=next]")) {
      field.value = location.pathname + location.search;
    }
  }

  function say(words) {
    find("#said").textContent = words;
    quietSoon();
  }

  function quietSoon() {
    clearTimeout(silence);
    silence = setTimeout(() => { find("#said").textContent = ""; }, SAID_MS);
  }

  function focusFirst() {
    const panel = find("#panel");
    if (panel) { (panel.querySelector("[autofocus]") || panel).focus(); return; }
    // A question about the row comes before the field's own: its letters work alone.
    const question = find(".question");
    if (question) { question.focus(); return; }
    const first = card().querySelector("[autofocus]");
    if (first) first.focus({ preventScroll: true });
    else find("#crop").focus({ preventScroll: true });
    if (line() && document.activeElement === line()) selectDoubt();
  }

  // The first doubtful character is selected: typing puts another in its place.
  function selectDoubt() {
    const input = line();
    const ghost = find(".ghost");
    const marks = ghost ? [...ghost.querySelectorAll("mark")] : [];
    const mark = marks[0];
    const doubted = marks.reduce((sum, m) => sum + m.textContent.length, 0);
    const hopeless = 2 * doubted > input.value.length; // typed anew sooner than put right
    if (!mark || hopeless || input.value !== input.dataset.read) { input.select(); return; }
    let begin = 0;
    for (let node = mark.previousSibling; node; node = node.previousSibling) begin += node.textContent.length;
    input.setSelectionRange(begin, begin + mark.textContent.length);
  }

  const untouched = () => !line() || line().value === line().dataset.read;

  function changed() {
    const input = line();
    if (!input) return;
    find(".ghost").hidden = !untouched();
    const accept = find(".accept");
    accept.firstElementChild.textContent = untouched() ? accept.dataset.same : accept.dataset.changed;
  }

  document.addEventListener("input", (event) => { if (event.target === line()) changed(); });
  document.addEventListener("scroll", (event) => {
    if (event.target === line()) find(".ghost").scrollLeft = line().scrollLeft;
  }, true);

  // --- time in sight

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenAt = performance.now();
    else if (hiddenAt) { shownAt += performance.now() - hiddenAt; hiddenAt = 0; }
  });

  const took = () => ((performance.now() - shownAt) / 1000).toFixed(1);

  // --- the card stays ours while it is open

  setInterval(() => {
    const token = find('meta[name="csrf-token"]');
    if (!card() || document.hidden || !token) return;
    const body = new URLSearchParams({ ahead: aheadKey() });
    fetch(`${card().dataset.path}/lease`, { method: "POST", body, headers: { "X-CSRF-Token": token.content } }).catch(() => {});
  }, LEASE_MS);

  // --- picture: size, contrast, whole sheet

  function applyZoom() {
    const figure = find("#crop");
    figure.dataset.zoom = setting("zoom", 0);
    // Writing begins at the left; what is larger than its frame is scrolled.
    figure.scrollLeft = 0;
    for (const one of document.querySelectorAll(".crop, .strip")) {
      // What can be scrolled must be reached by keyboard.
      one.tabIndex = one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight ? 0 : -1;
    }
  }
  function applyContrast() {
    const at = CONTRASTS[Number(setting("contrast", 0))] || "";
    for (const figure of document.querySelectorAll(".crop, .strip, .nears")) figure.dataset.contrast = at;
  }
  function zoom(step) {
    const at = Math.min(Math.max(Number(setting("zoom", 0)) + step, 0), ZOOMS - 1);
    keep("zoom", at);
    applyZoom();
  }
  function contrast() {
    keep("contrast", (Number(setting("contrast", 0)) + 1) % CONTRASTS.length);
    applyContrast();
  }
  function wholeSheet() {
    const view = find("#page-view");
    if (view.open) { view.close(); return; }
    const image = view.querySelector("image");
    if (image) image.setAttribute("href", view.dataset.picture);
    else view.querySelector("img").src = view.dataset.picture;
    view.showModal();
    const here = view.querySelector(".outline.here");
    if (here) here.scrollIntoView({ block: "center" });
  }

  // --- keys

  function help() {
    const list = find("#keys");
    if (!list) return false;
    if (list.open) list.close();
    else {
      find("#single-keys").checked = setting("single-keys", "1") === "1";
      find("#tab-moves").checked = setting("tab-moves", "1") === "1";
      list.showModal();
    }
    return true;
  }

  document.addEventListener("change", (event) => {
    if (["single-keys", "tab-moves"].includes(event.target.id)) keep(event.target.id, event.target.checked ? "1" : "0");
  });

  // Keyboards differ in what Alt makes of a letter (macOS: another sign), so the
  // place of the key helps out; figures go by place, since AZERTY has them shifted.
  function signOf(event) {
    if (/^(Digit|Numpad)[0-9]$/.test(event.code)) return event.code.slice(-1);
    if (/^[a-z?+\-]$/i.test(event.key)) return event.key.toLowerCase();
    if (event.key === "=") return "+";
    const letter = /^Key([A-Z])$/.exec(event.code);
    return letter && event.altKey ? letter[1].toLowerCase() : "";
  }

  function press(sign) {
    if (sign === "?" || sign === "h") return help();
    const target = find(`#panel [data-key="${sign}"], .question [data-key="${sign}"]`) || find(`#card [data-key="${sign}"]`);
    if (!target) return false;
    target.click();
    return true;
  }

  function suggest(step) {
    const texts = [line().dataset.read, ...[...document.querySelectorAll(".pick")].map((p) => p.value)];
    const at = texts.indexOf(line().value);
    const to = at < 0 ? 0 : (at + step + texts.length) % texts.length;
    line().value = texts[to];
    line().dispatchEvent(new Event("input", { bubbles: true }));
    line().setSelectionRange(texts[to].length, texts[to].length);
  }

  function back() {
    const close = find("#close-panel");
    if (close) { close.click(); return; }
    if (line() && !untouched()) {
      line().value = line().dataset.read;
      line().dispatchEvent(new Event("input", { bubbles: true }));
      line().focus();
      selectDoubt();
      return;
    }
    doChores();
    history.back();
  }

  function nextOfRow() {
    const next = find("#go").dataset.next;
    if (!next) return false;
    if (untouched()) {
      const cell = find(`.cells a[href*="/${CSS.escape(next)}"]`);
      if (!cell) return false;
      open(cell.getAttribute("href"));
    } else {
      find("#go").value = next;
      find("#decide").requestSubmit(find(".accept"));
      find("#go").value = "";
    }
    return true;
  }

  function open(address) {
    htmx.ajax("GET", address, { target: "#card", swap: "outerHTML" }).then(() => {
      opened(address);
      addressed();
    });
  }

  document.addEventListener("keydown", (event) => {
    if (waiting()) { typeAhead(event); return; }
    if (!card() || event.isComposing) return;
    const dialog = document.querySelector("dialog[open]");
    if (dialog) {
      // Only what closes it again.
      if ((dialog.id === "page-view" && signOf(event) === "p") || (dialog.id === "keys" && signOf(event) === "?")) {
        event.preventDefault();
        dialog.close();
      }
      return;
    }
    // A key held down must not accept card after card unseen.
    if (event.key === "Enter" && event.repeat) { event.preventDefault(); return; }
    const target = event.target;
    const typing = target instanceof HTMLInputElement && !["checkbox", "button", "submit"].includes(target.type);
    const done = () => event.preventDefault();
    if (event.key === "F1") { if (help()) done(); return; }
    if (event.key === "Escape") { done(); back(); return; }
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "z") {
      // While something is typed, Ctrl+Z is the browser's own.
      if (!typing || (target === line() && untouched())) { done(); press("z"); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.getModifierState("AltGraph")) return;
    if (target === line()) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!document.querySelector(".pick")) return;
        done();
        suggest(event.key === "ArrowDown" ? 1 : -1);
        return;
      }
      if (event.key === "Tab" && !event.shiftKey && !event.altKey && setting("tab-moves", "1") === "1") {
        if (nextOfRow()) done();
        return;
      }
    }
    const sign = signOf(event);
    if (!sign) return;
    if (event.altKey) { if (press(sign)) done(); return; }
    if (setting("single-keys", "1") !== "1") return;
    // In the line only a true figure counts: the key of 2 writes é on AZERTY.
    const figure = /^[1-5]$/.test(event.key);
    const free = !typing || (target === line() && figure && untouched() && card().dataset.numbers === "plain");
    if (free && press(sign)) done();
  });

  document.addEventListener("click", (event) => {
    const hit = event.target.closest("#zoom-in, #zoom-out, #contrast, #open-page, #help");
    if (hit && !event.ctrlKey && !event.metaKey) {
      if (hit.id === "zoom-in") zoom(1);
      else if (hit.id === "zoom-out") zoom(-1);
      else if (hit.id === "contrast") contrast();
      else if (hit.id === "open-page") wholeSheet();
      else if (!help()) return;
      event.preventDefault();
    }
    const cell = event.target.closest("#card .cells a");
    if (cell && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(cell.getAttribute("href"));
    }
  });

  // A click beside an open dialog closes it.
  document.addEventListener("click", (event) => {
    if (event.target instanceof HTMLDialogElement && event.target.open) event.target.close();
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target && (event.detail.target.id === "card" || event.detail.elt.id === "card")) { start(); askAhead(); }
  });
  for (const failed of ["htmx:sendError", "htmx:responseError"]) {
    document.addEventListener(failed, () => {
      if (card()) say(card().dataset.failed);
    });
  }
  // Coming back in the browser's history: its copy of the page is old.
  window.addEventListener("popstate", () => { if (card()) location.reload(); });

  begin({ card, line, untouched, took, start, say, addressed });
  start();
  askAhead();
})();
