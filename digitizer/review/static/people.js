// Keys of second entry and of differences: 1, 2, 3 choose a value, Alt+letter the rest.
"use strict";

const typing = (target) => target.matches("input, textarea, select");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey) return;
  // By its place on the keyboard: with Alt a Mac writes another sign.
  const letter = /^Key([A-Z])$/.exec(event.code);
  const key = event.altKey && letter ? letter[1].toLowerCase() : event.key;
  const figure = /^[1-9]$/.test(key);
  if (figure ? typing(event.target) : !(event.altKey && letter)) return;
  const wanted = document.querySelector(`[data-key="${key}"]`);
  if (!wanted) return;
  event.preventDefault();
  wanted.click();
});

// A decision is sent once, however often the key is pressed.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});

// Coming back with the browser's own button shows the form anew.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
