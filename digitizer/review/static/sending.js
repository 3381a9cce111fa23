// Decisions on their way, and the card after the next one.
//
// The next card is here before it is asked for: it is shown at once, and the server, told
// which card is shown, answers whether it may stay. One decision is under way at a time;
// what is decided meanwhile is sent after it, and what is typed while no next card is in
// sight goes into a line of its own and from there into the card that comes.

// What leads to the next card for certain; anything else waits for the answer.
const LEADS_ON = new Set(["accept", "present", "absent", "not-signature", "blank", "illegible", "ditto", "skip"]);

const LONGEST_FRAME_MS = 100;

let view = null; // what card.js tells: card, line, untouched, took, start, say, addressed
let ahead = null; // the card behind the one in sight
let here = location.href; // the address of the card in sight, before the browser is told
let chores = []; // what is done when the card has been painted
let asked = ""; // the card whose next one was asked for by itself
let underWay = null; // the decision that is not answered yet
let later = []; // decisions taken meanwhile
let checked = { path: "", text: "" }; // what the grammar had nothing against
let lost = ""; // words about text that no card took
const lines = []; // typed, and closed with Enter, before their card was in sight
const drafts = new Map(); // typed into cards that had to make way, by path

const find = (selector) => document.querySelector(selector);
const typed = () => find("#typed-ahead");
const token = () => find('meta[name="csrf-token"]').content;
const pathOf = (card) => (card ? card.dataset.path : undefined);

export const waiting = () => Boolean(find("#card[inert]"));

// --- what is sent

function leadsOn(form, submitter) {
  if (form.id !== "decide" || find("#go").value) return false;
  const verb = submitter && submitter.name === "verb" ? submitter.value : "accept";
  if (!LEADS_ON.has(verb)) return false;
  if (verb !== "accept" || (submitter && submitter.name === "pick") || view.untouched()) return true;
  const passed = checked.path === pathOf(view.card()) && checked.text === view.line().value;
  return passed && !find("#check .bad");
}

function send(form, submitter) {
  const body = new URLSearchParams(new FormData(form));
  if (submitter && submitter.name) body.append(submitter.name, submitter.value);
  if (body.has("took")) body.set("took", view.took());
  body.set("ahead", "1");
  const job = {
    address: form.getAttribute("action"), body, from: view.card(), title: document.title, here,
    // May be sent again if nobody knows whether it arrived: the same decision counts once.
    decides: form.id === "decide", leadsOn: leadsOn(form, submitter), shown: null,
  };
  if (underWay) { later.push(job); wait(); return; }
  run(job);
}

async function run(job) {
  underWay = job;
  if (job.leadsOn && ahead && ahead.behind === pathOf(job.from)) {
    job.shown = ahead;
    ahead = null;
    job.body.set("shown", job.shown.path.replace("/field/", ""));
    job.body.set("mark", job.shown.card.dataset.mark);
    put(job.shown.card, job.shown.address, job.shown.title);
    // What the eye waits for comes first.
    await painted();
  } else wait();
  settle(job, await post(job));
}

async function post(job) {
  try {
    const headers = { "HX-Request": "true", "X-CSRF-Token": token() };
    const answer = await fetch(job.address, { method: "POST", body: job.body, headers });
    const place = answer.headers.get("HX-Redirect");
    if (place) { location.assign(place); return null; }
    const address = answer.headers.get("HX-Push-Url") || (answer.redirected ? answer.url : "");
    const kind = answer.ok ? answer.headers.get("X-Card") || "next" : "failed";
    return { kind, address, ...parse(await answer.text()) };
  } catch {
    return { kind: "failed" };
  }
}

function parse(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  return { page, card: page.querySelector("#card"), title: page.title, behind: page.querySelector("template.ahead") };
}

// --- what comes back

function settle(job, answer) {
  if (!answer) return;
  underWay = null;
  const there = pathOf(view.card()) === (job.shown ? job.shown.path : pathOf(job.from));
  if (answer.kind === "failed" || answer.kind === "refused") bringBack(job, answer);
  else if (answer.kind === "kept") keepUp(job, answer);
  else if (!later.length && there && answer.card) {
    holdAhead(answer.behind);
    put(answer.card, answer.address, answer.title);
  }
  const told = answer.page && answer.page.querySelector("#said");
  const said = [answer.kind === "failed" ? typed().dataset.failed : told && told.textContent, lost];
  lost = "";
  if (said.some(Boolean)) view.say(said.filter(Boolean).join(" "));
  if (!underWay && later.length) run(later.shift());
  if (!underWay) askAhead();
}

// The card shown may stay: what has changed beside it is put in.
function keepUp(job, answer) {
  holdAhead(answer.behind);
  const card = view.card();
  if (pathOf(card) !== job.shown.path) return;
  const stand = answer.page.querySelector("#kept").dataset.stand;
  for (const field of card.querySelectorAll("input[name=stand]")) field.value = stand;
  for (const id of ["left", "rest", "ditto", "check"]) {
    const old = card.querySelector(`#${id}`);
    const now = answer.page.querySelector(`#${id}`);
    if (old && now && !old.contains(document.activeElement) && (id !== "check" || view.untouched())) {
      old.replaceChildren(...now.childNodes);
    }
  }
}

// The decision does not stand: its card comes back, and what was typed into the one that
// was shown meanwhile is kept for when that comes again.
function bringBack(job, answer) {
  const shown = view.card();
  const line = view.line();
  if (shown && line && shown !== job.from && !view.untouched()) drafts.set(pathOf(shown), line.value);
  const waiting = later;
  later = [];
  if (answer.kind === "refused") {
    // Decided at the sight of its own card: that stands by itself. Nothing was done that could be undone.
    for (const other of waiting) if (other.decides) post(other);
  } else {
    for (const other of waiting) {
      const text = other.body.get("value");
      if (other.decides && text !== null) drafts.set(pathOf(other.from), text);
    }
  }
  ahead = null;
  asked = "";
  drop();
  if (answer.kind === "refused") {
    put(answer.card, "", answer.title || job.title);
  } else {
    put(job.from, "", job.title);
  }
  doChores();
  if (location.href !== job.here) history.replaceState({}, "", job.here);
  here = job.here;
}

// --- what is in sight

function put(card, address, title) {
  const old = find("#card");
  old.inert = false;
  card.inert = false;
  if (old !== card) old.replaceWith(document.adoptNode(card));
  if (title) document.title = title;
  doChores();
  view.start();
  // Telling the browser its new address takes longer than all the rest.
  const next = address ? new URL(address, location.href).href : here;
  if (next !== here) chores.push(() => { history.pushState({}, "", next); view.addressed(); });
  here = next;
  chores.push(() => {
    htmx.process(card);
    // What was typed before the grammar listened.
    if (view.card() === card && view.line() && !view.untouched()) view.line().dispatchEvent(new Event("input", { bubbles: true }));
  });
  painted().then(doChores);
  const draft = drafts.get(pathOf(card));
  if (draft !== undefined && view.line()) {
    drafts.delete(pathOf(card));
    write(draft, 0, view.line().value.length);
  }
  pour();
}

// A card was opened by hand.
export function opened(address) {
  doChores();
  history.pushState({}, "", address);
  here = location.href;
}

export function doChores() {
  const due = chores;
  chores = [];
  for (const chore of due) chore();
}

// Resolves when what was changed is in sight; a page in the background paints nothing.
function painted() {
  return new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, LONGEST_FRAME_MS);
  });
}

function write(text, from, to) {
  const line = view.line();
  line.setRangeText(text, from, to, "end");
  line.dispatchEvent(new Event("input", { bubbles: true }));
}

// --- the card after the one in sight

function holdAhead(template) {
  ahead = null;
  const card = template && template.content.querySelector("#card");
  if (!card) return;
  ahead = {
    card, path: pathOf(card), behind: `/field/${template.dataset.behind}`,
    address: template.dataset.address, title: template.dataset.title, picture: new Image(),
  };
  const drawn = card.querySelector(".crop image, .crop img");
  if (!drawn) return;
  // Fetched and decoded by now; the document keeps it for the card.
  ahead.picture.src = drawn.getAttribute("href") || drawn.getAttribute("src");
  ahead.picture.decode().catch(() => {});
}

// After a page was loaded, or a field chosen by hand, the next card is asked for by itself.
export async function askAhead() {
  const path = pathOf(view.card());
  if (!path || underWay || asked === path || (ahead && ahead.behind === path)) return;
  asked = path;
  try {
    const answer = await fetch(`${path}/ahead${location.search}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const { behind } = parse(await answer.text());
    if (!underWay && pathOf(view.card()) === path) holdAhead(behind);
  } catch { /* then the next card comes with the answer */ }
  finally { asked = ""; }
}

export const aheadKey = () => (ahead ? ahead.path.replace("/field/", "") : "");

// --- typing while no card is in sight to type into

function wait() {
  find("#card").inert = true;
  typed().focus({ preventScroll: true });
}

// Keys while waiting: text is kept, Enter closes it, nothing is a command.
export function typeAhead(event) {
  const box = typed();
  if (event.key === "Tab") { event.preventDefault(); return; }
  if (event.key === "Escape") { event.preventDefault(); box.value = ""; lines.length = 0; return; }
  if (event.key === "Enter") {
    event.preventDefault();
    // Without text it would accept what nobody has seen.
    if (box.value) { lines.push(box.value); box.value = ""; }
    return;
  }
  if (event.altKey && !event.getModifierState("AltGraph")) { event.preventDefault(); return; }
  if (event.target !== box && !event.ctrlKey && !event.metaKey) box.focus({ preventScroll: true });
}

function pour() {
  const box = typed();
  if (!box || (!lines.length && !box.value)) return;
  if (!view.line() || document.activeElement !== view.line()) { drop(); return; }
  const closed = lines.length > 0;
  const text = closed ? lines.shift() : box.value;
  if (!closed) box.value = "";
  write(text, view.line().selectionStart, view.line().selectionEnd);
  if (closed) find("#decide").requestSubmit(find(".accept"));
}

function drop() {
  const box = typed();
  const text = [...lines, box.value].join(" ").trim();
  lines.length = 0;
  box.value = "";
  if (text) lost = `${box.dataset.dropped} ${text}`;
}

// --- to begin with

export function begin(told) {
  view = told;
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-sends]") || event.defaultPrevented) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const line = view.line();
    if (!line || event.detail.elt !== line || !event.detail.successful) return;
    checked = { path: pathOf(view.card()), text: event.detail.requestConfig.parameters.value };
  });
  // Whoever leaves the page has decided all the same.
  window.addEventListener("pagehide", () => {
    const left = underWay && underWay.decides ? [underWay, ...later] : later;
    for (const job of left) navigator.sendBeacon(job.address, job.body);
  });
}
