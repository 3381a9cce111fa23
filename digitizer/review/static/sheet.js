// One sheet: list and picture show the same field together; lines and corners are dragged.
// What is dragged fills in the form's numbers, which are all that is sent.
"use strict";

(() => {
  const say = (words) => {
    const said = document.getElementById("said");
    if (said) said.textContent = words;
  };

  // A field in the list and its cell on the page.
  const cells = new Map();
  for (const cell of document.querySelectorAll(".cell[data-keys]")) {
    for (const key of cell.dataset.keys.split(" ")) cells.set(key, cell);
  }
  const chips = new Map();
  for (const chip of document.querySelectorAll(".chip[data-key]")) {
    const cell = cells.get(chip.dataset.key);
    if (!cell) continue;
    if (!chips.has(cell)) chips.set(cell, []);
    chips.get(cell).push(chip);
    const light = (on) => cell.classList.toggle("lit", on);
    chip.addEventListener("mouseenter", () => light(true));
    chip.addEventListener("mouseleave", () => light(false));
    chip.addEventListener("blur", () => light(false));
    chip.addEventListener("focus", () => {
      light(true);
      cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
  }
  for (const [cell, own] of chips) {
    const light = (on) => own.forEach((chip) => chip.classList.toggle("lit", on));
    cell.addEventListener("mouseenter", () => light(true));
    cell.addEventListener("mouseleave", () => light(false));
  }

  const here = document.querySelector(".cell.here");
  if (here) here.scrollIntoView({ block: "center", inline: "center" });

  // Zoom without losing one's place.
  const canvas = document.querySelector(".canvas");
  for (const link of document.querySelectorAll(".zooms a")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      canvas.classList.remove("fit", "full", "large");
      canvas.classList.add(link.dataset.zoom);
      document.querySelectorAll(".zooms a").forEach((other) => other.removeAttribute("aria-current"));
      link.setAttribute("aria-current", "true");
    });
  }

  const place = (svg, event) => {
    const point = new DOMPoint(event.clientX, event.clientY);
    return point.matrixTransform(svg.getScreenCTM().inverse());
  };
  const round = (value) => Math.round(value * 10) / 10;

  // Drag with mouse, pen or finger; ``move`` gets the way gone in units of the picture.
  const draggable = (svg, element, start, move) => {
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      const from = place(svg, event);
      const state = start(event);
      element.focus({ preventScroll: true });
      element.setPointerCapture(event.pointerId);
      const go = (next) => {
        const to = place(svg, next);
        move(state, to.x - from.x, to.y - from.y);
      };
      const stop = () => {
        element.removeEventListener("pointermove", go);
        element.removeEventListener("pointerup", stop);
        element.removeEventListener("pointercancel", stop);
      };
      element.addEventListener("pointermove", go);
      element.addEventListener("pointerup", stop);
      element.addEventListener("pointercancel", stop);
    });
  };
  const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const STEP = 1;
  const LONG_STEP = 10;

  // Lines of the grid ---------------------------------------------------------
  const lines = document.querySelector("svg.lines");
  const inputs = (name) => ["first", "last"].map((end) => document.querySelector(`[name="${name}.${end}"]`));

  const draw = (group) => {
    const [first, last] = inputs(group.dataset.line).map((input) => Number.parseFloat(input.value.replace(",", ".")));
    if (!Number.isFinite(first) || !Number.isFinite(last)) return;
    const down = "down" in group.dataset;
    const points = group.dataset.points.split(" ").map((pair) => pair.split(",").map(Number));
    const along = down ? 1 : 0;
    const across = 1 - along;
    const start = points[0];
    const end = points[points.length - 1];
    const moved = points.map((point) => {
      const share = (point[along] - start[along]) / Math.max(end[along] - start[along], 1e-9);
      const copy = [...point];
      copy[across] += (1 - share) * (first - start[across]) + share * (last - end[across]);
      return copy;
    });
    const text = moved.map((point) => point.join(",")).join(" ");
    for (const chain of group.querySelectorAll("polyline")) chain.setAttribute("points", text);
    const [left, right] = group.querySelectorAll("circle");
    for (const [circle, point] of [[left, moved[0]], [right, moved[moved.length - 1]]]) {
      circle.setAttribute("cx", point[0]);
      circle.setAttribute("cy", point[1]);
    }
    group.setAttribute("aria-valuenow", Math.round((first + last) / 2));
  };

  const shift = (group, end, way, from) => {
    const [first, last] = inputs(group.dataset.line);
    if (end !== "last") first.value = round(from[0] + way);
    if (end !== "first") last.value = round(from[1] + way);
    draw(group);
  };
  const now = (group) => inputs(group.dataset.line).map((input) => Number.parseFloat(input.value.replace(",", ".")));

  const remove = (group, gone) => {
    const box = document.querySelector(`[name="${group.dataset.line}.delete"]`);
    if (!box) return;
    box.checked = gone;
    group.classList.toggle("deleted", gone);
    box.closest("tr").classList.toggle("deleted", gone);
    if (gone) {
      box.focus();
      say(document.getElementById("line-words").dataset.deleted);
    }
  };

  const prepare = (group) => {
    const name = group.dataset.line;
    const down = "down" in group.dataset;
    const row = document.querySelector(`tr[data-for="${name}"]`);
    draggable(
      lines,
      group,
      (event) => ({ end: event.target.dataset.end, from: now(group) }),
      (state, dx, dy) => shift(group, state.end, down ? dx : dy, state.from),
    );
    group.addEventListener("keydown", (event) => {
      if (event.key === "Delete" && !down) {
        event.preventDefault();
        remove(group, true);
        return;
      }
      const arrow = ARROWS[event.key];
      if (!arrow || event.ctrlKey || event.altKey || event.metaKey) return;
      const way = (down ? arrow[0] : arrow[1]) * (event.shiftKey ? LONG_STEP : STEP);
      if (!way) return;
      event.preventDefault();
      shift(group, undefined, way, now(group));
    });
    for (const [type, on] of [["focus", true], ["mouseenter", true], ["blur", false], ["mouseleave", false]]) {
      group.addEventListener(type, () => row && row.classList.toggle("lit", on));
    }
    for (const input of inputs(name)) {
      input.addEventListener("input", () => draw(group));
      input.addEventListener("focus", () => group.classList.add("lit"));
      input.addEventListener("blur", () => group.classList.remove("lit"));
    }
    const box = document.querySelector(`[name="${name}.delete"]`);
    if (box) box.addEventListener("change", () => remove(group, box.checked));
  };

  if (lines) lines.querySelectorAll(".line").forEach(prepare);
  if (lines && document.getElementById("add-line")) {
    // A new line lies in the middle of the row below the line chosen last, and is shaped like it.
    const add = document.getElementById("add-line");
    const words = document.getElementById("line-words").dataset;
    const spare = document.getElementById("new-line");
    let chosen = null;
    let count = 0;
    lines.addEventListener("focusin", (event) => {
      const group = event.target.closest(".line:not([data-down])");
      if (group) chosen = group;
    });
    add.hidden = false;
    spare.hidden = true;
    add.addEventListener("click", () => {
      const rows = [...lines.querySelectorAll(".line:not([data-down]):not(.deleted)")];
      rows.sort((a, b) => now(a)[0] - now(b)[0]);
      let at = rows.indexOf(chosen);
      if (at < 0) at = rows.length - 1;
      const upper = now(rows[at]);
      const lower = at + 1 < rows.length ? now(rows[at + 1]) : upper.map((y, k) => 2 * y - (at ? now(rows[at - 1])[k] : y - 60));
      const middle = upper.map((y, k) => (at + 1 < rows.length ? round((y + lower[k]) / 2) : round(lower[k])));
      count += 1;
      const name = `row.n${count}`;
      const tr = spare.cloneNode(true);
      tr.hidden = false;
      tr.removeAttribute("id");
      tr.dataset.for = name;
      const [first, last] = tr.querySelectorAll("input");
      first.name = `${name}.first`;
      last.name = `${name}.last`;
      [first.value, last.value] = middle;
      const box = document.createElement("input");
      box.type = "checkbox";
      box.name = `${name}.delete`;
      box.value = "1";
      box.setAttribute("aria-label", `${words.delete}: ${words.label}`);
      tr.lastElementChild.append(box);
      spare.before(tr);
      const group = rows[at].cloneNode(true);
      group.dataset.line = name;
      group.setAttribute("aria-label", words.label);
      lines.append(group);
      prepare(group);
      draw(group);
      group.focus();
      say(words.label);
    });
  }

  // Fields of the collector box -------------------------------------------------
  const EDGES = ["left", "top", "right", "bottom"];
  for (const group of document.querySelectorAll(".space")) {
    const name = group.dataset.space;
    const fields = EDGES.map((edge) => document.querySelector(`[name="${name}.${edge}"]`));
    const row = document.querySelector(`tr[data-for="${name}"]`);
    const body = group.querySelector(".body");
    const [first, last] = group.querySelectorAll(".handle");
    const words = group.querySelector("text");
    const edges = () => fields.map((input) => Number.parseFloat(input.value.replace(",", ".")));
    const redraw = () => {
      const [left, top, right, bottom] = edges();
      if (![left, top, right, bottom].every(Number.isFinite)) return;
      body.setAttribute("x", left);
      body.setAttribute("y", top);
      body.setAttribute("width", Math.max(right - left, 0));
      body.setAttribute("height", Math.max(bottom - top, 0));
      for (const [circle, x, y] of [[first, left, top], [last, right, bottom]]) {
        circle.setAttribute("cx", x);
        circle.setAttribute("cy", y);
      }
      words.setAttribute("x", left + 8);
      words.setAttribute("y", top - 8);
    };
    // ``end``: the corner that is dragged; without one the whole moves.
    const put = (from, end, dx, dy) => {
      const to = [...from];
      if (end !== "last") { to[0] += dx; to[1] += dy; }
      if (end !== "first") { to[2] += dx; to[3] += dy; }
      fields.forEach((input, k) => { input.value = round(to[k]); });
      redraw();
    };
    for (const part of [body, first, last]) {
      draggable(lines, part, edges, (from, dx, dy) => put(from, part.dataset.end, dx, dy));
      part.addEventListener("keydown", (event) => {
        const arrow = ARROWS[event.key];
        if (!arrow || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        const step = event.shiftKey ? LONG_STEP : STEP;
        put(edges(), part.dataset.end, arrow[0] * step, arrow[1] * step);
      });
      for (const [type, on] of [["focus", true], ["mouseenter", true], ["blur", false], ["mouseleave", false]]) {
        part.addEventListener(type, () => row.classList.toggle("lit", on));
      }
    }
    for (const input of fields) {
      input.addEventListener("input", redraw);
      input.addEventListener("focus", () => group.classList.add("lit"));
      input.addEventListener("blur", () => group.classList.remove("lit"));
    }
  }

  // Corners of the sheet --------------------------------------------------------
  const frame = document.querySelector("svg.corners");
  if (frame) {
    const outline = document.getElementById("outline");
    const circles = [...frame.querySelectorAll(".corner")];
    const [, , width, height] = frame.getAttribute("viewBox").split(" ").map(Number);
    const field = (number, axis) => document.querySelector(`[name="corner.${number}.${axis}"]`);
    const redraw = () => {
      const points = circles.map((circle) => {
        const number = circle.dataset.corner;
        const [x, y] = ["x", "y"].map((axis) => Number.parseFloat(field(number, axis).value.replace(",", ".")));
        if (Number.isFinite(x) && Number.isFinite(y)) {
          circle.setAttribute("cx", x);
          circle.setAttribute("cy", y);
        }
        return `${circle.getAttribute("cx")},${circle.getAttribute("cy")}`;
      });
      outline.setAttribute("points", points.join(" "));
      document.getElementById("corners-changed").checked = true;
    };
    const put = (number, x, y) => {
      field(number, "x").value = round(Math.min(Math.max(x, 0), width));
      field(number, "y").value = round(Math.min(Math.max(y, 0), height));
      redraw();
    };
    const at = (number) => ["x", "y"].map((axis) => Number.parseFloat(field(number, axis).value.replace(",", ".")));
    const scale = Number(frame.dataset.size) / 1000;
    for (const circle of circles) {
      const number = circle.dataset.corner;
      draggable(frame, circle, () => at(number), (from, dx, dy) => put(number, from[0] + dx, from[1] + dy));
      circle.addEventListener("keydown", (event) => {
        const arrow = ARROWS[event.key];
        if (!arrow || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        const step = Math.max(1, scale) * (event.shiftKey ? LONG_STEP : STEP);
        const [x, y] = at(number);
        put(number, x + arrow[0] * step, y + arrow[1] * step);
      });
      for (const axis of ["x", "y"]) field(number, axis).addEventListener("input", redraw);
    }
  }
})();
