// A group from the keyboard: arrows move, Space picks out, Enter confirms the rest.
"use strict";

(() => {
  const form = document.querySelector("#group");
  const boxes = form ? [...form.querySelectorAll("input[name=wrong]")] : [];
  const button = document.querySelector("#confirm");
  const shownAt = performance.now();

  function count() {
    const right = boxes.filter((box) => !box.checked).length;
    button.firstChild.textContent = form.dataset.confirm.replace("%n", right) + " ";
  }

  // Boxes of one line of the grid share their upper edge.
  function below(at, step) {
    const left = boxes[at].parentElement.offsetLeft;
    for (let to = at + step; to >= 0 && to < boxes.length; to += step) {
      if (boxes[to].parentElement.offsetLeft === left) return to;
    }
    return at;
  }

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      const undo = document.querySelector("#undo");
      if (undo) { event.preventDefault(); undo.click(); }
      return;
    }
    if (!form) return;
    const at = boxes.indexOf(event.target);
    if (at < 0) return;
    const moves = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: below(at, 1), ArrowUp: below(at, -1), Home: 0, End: boxes.length - 1 };
    if (event.key in moves) {
      event.preventDefault();
      const to = boxes[moves[event.key]];
      if (to) { to.focus(); to.parentElement.scrollIntoView({ block: "nearest" }); }
    } else if (event.key === "Enter") {
      event.preventDefault();
      form.requestSubmit(button);
    }
  });

  if (form) {
    form.addEventListener("change", count);
    form.addEventListener("submit", () => {
      document.querySelector("#took").value = ((performance.now() - shownAt) / 1000).toFixed(1);
    });
    count();
  }
})();
