// Two pictures in one view: side by side, blinking, laid over each other, or their difference.
"use strict";

(() => {
  const viewer = document.getElementById("viewer");
  if (!viewer) return;
  const one = (selector) => viewer.querySelector(selector);
  const stage = one("#stage");
  const said = one("#said");
  const members = JSON.parse(document.getElementById("members").textContent);
  const of = new Map(members.map((member) => [member.position, member]));

  const MOST_ZOOM = 32;
  const BLINK_MS = 700;
  const STEP = 60; // pixels that an arrow key moves
  const SMALL = 1600, LARGE = 4096; // what pictures are fetched in: pixels of the longer side
  const LARGE_FROM = 1500; // pixels on the screen from which the small picture is too coarse
  const ALIKE = 0.02; // shapes that differ by less are laid exactly over each other
  const WHOLE = 0.97; // of a picture: the rest is its edge
  const NOTICED = 8; // of 255: what JPEG adds in showing the pictures stays below

  const view = { kind: "side", zoom: 1, x: 0.5, y: 0.5, blink: false };
  const shown = { left: Number(viewer.dataset.left), right: Number(viewer.dataset.right) };
  const pictures = new Map(); // address -> {image, state}
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  const sides = ["left", "right"];
  const figure = (side) => one(`figure[data-side="${side}"]`);

  async function fetched(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.status);
    const blob = await answer.blob();
    if (!blob.size) return { state: "still" };
    if (blob.type === "application/json") return { state: "none", ...JSON.parse(await blob.text()) };
    // Whole pixels: a browser may decode an <img> smaller, and equal pictures would differ.
    return { state: "here", image: await createImageBitmap(blob) };
  }

  function load(address) {
    let entry = pictures.get(address);
    if (!entry) {
      entry = { image: null, state: "coming" };
      pictures.set(address, entry);
      fetched(address)
        .then((answer) => Object.assign(entry, answer))
        .catch(() => Object.assign(entry, { state: "none" }))
        .then(() => { tellDifference(); draw(); });
    }
    return entry;
  }

  // The sharpest picture that is here; a sharper one is fetched when it would be seen.
  function sharpest(small, large, size, wide) {
    const entry = load(small);
    if (size > SMALL && wide > LARGE_FROM) {
      const finer = load(large);
      if (finer.state === "here") return finer;
    }
    return entry;
  }

  function pictureOf(side, wide) {
    const { small, large, width, height } = of.get(shown[side]);
    return sharpest(small, large, Math.max(width, height), wide);
  }

  // The right one as it lies on the left one: cut, turned and scaled as the desk has aligned it.
  // "still": it lies there as it is; "none": the two cannot be aligned.
  function laid(wide) {
    const [left, right] = sides.map((side) => of.get(shown[side]));
    if (left.content === right.content) return { image: null, state: "still" };
    const at = (side) => `${viewer.dataset.laid}/${left.position}/${left.content}/${right.position}/${right.content}/${side}`;
    return sharpest(at(SMALL), at(LARGE), Math.max(left.width, left.height), wide);
  }

  function fitted(image, width, height) {
    const scale = Math.min(width / image.width, height / image.height);
    return { w: image.width * scale, h: image.height * scale };
  }

  // Where a picture of some size lies on a canvas, with the view's centre in the middle.
  function placed(size, width, height) {
    const w = size.w * view.zoom, h = size.h * view.zoom;
    return { x: width / 2 - view.x * w, y: height / 2 - view.y * h, w, h };
  }

  function prepared(canvas) {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalCompositeOperation = "source-over";
    context.globalAlpha = 1;
    context.clearRect(0, 0, width, height);
    context.imageSmoothingEnabled = view.zoom < 8;
    context.imageSmoothingQuality = "high";
    return { context, width, height, ratio };
  }

  function message(context, width, height, ratio, text) {
    context.fillStyle = getComputedStyle(stage).color;
    context.globalAlpha = 0.65;
    context.font = `${14 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
    context.textAlign = "center";
    context.fillText(text, width / 2, height / 2);
    context.globalAlpha = 1;
  }

  const STATES = { coming: "Coming …", none: "This file gives no picture now" };
  const ALIGNING = "Being aligned …";

  function drawSide(side) {
    const { context, width, height, ratio } = prepared(figure(side).querySelector("canvas"));
    const entry = pictureOf(side, Math.max(width, height) * view.zoom);
    if (entry.state !== "here") return message(context, width, height, ratio, STATES[entry.state]);
    const at = placed(fitted(entry.image, width, height), width, height);
    context.drawImage(entry.image, at.x, at.y, at.w, at.h);
  }

  function alike(a, b) {
    const [one, other] = [a, b].map((image) => image.width / image.height);
    return Math.abs(one / other - 1) < ALIKE;
  }

  function drawBoth() {
    const { context, width, height, ratio } = prepared(figure("left").querySelector("canvas"));
    const wide = Math.max(width, height) * view.zoom;
    const [left, right] = sides.map((side) => pictureOf(side, wide));
    for (const entry of [left, right])
      if (entry.state !== "here") return message(context, width, height, ratio, STATES[entry.state]);
    const over = laid(wide);
    if (over.state === "coming") return message(context, width, height, ratio, ALIGNING);
    const size = fitted(left.image, width, height);
    const at = placed(size, width, height);
    const putLeft = () => context.drawImage(left.image, at.x, at.y, at.w, at.h);
    const putRight = () => {
      if (over.image) return context.drawImage(over.image, at.x, at.y, at.w, at.h);
      // As it is, it covers the left one's area; one of another shape stands in its middle.
      const inside = alike(left.image, right.image) ? size : fitted(right.image, size.w, size.h);
      const w = inside.w * view.zoom, h = inside.h * view.zoom;
      context.drawImage(right.image, at.x + (at.w - w) / 2, at.y + (at.h - h) / 2, w, h);
    };
    if (view.kind === "blink") return view.blink ? putRight() : putLeft();
    putLeft();
    if (view.kind === "overlay") {
      context.globalAlpha = Number(one("#mix").value) / 100;
      putRight();
      return;
    }
    context.globalCompositeOperation = "difference";
    putRight();
    if (over.image) { // what the right one does not show differs in nothing
      context.globalCompositeOperation = "destination-in";
      putRight();
    }
    context.globalCompositeOperation = "lighter"; // each time twice as bright
    for (let n = Number(one("#gain").value); n > 0; n -= 1) context.drawImage(context.canvas, 0, 0);
  }

  let asked = false;
  function draw() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      if (view.kind === "side") sides.forEach(drawSide);
      else drawBoth();
      const zoomed = view.zoom > 1;
      stage.classList.toggle("zoomed", zoomed);
      one("#zoom").textContent = zoomed ? `${Math.round(view.zoom * 100)} %` : "fit";
    });
  }

  // How much differs of what both show, in words, for those who do not see it.
  function difference() {
    const [left, right] = sides.map((side) => load(of.get(shown[side]).small));
    const over = laid(0);
    if (left.state !== "here" || right.state !== "here" || over.state === "coming") return null;
    const w = 256, h = Math.max(1, Math.round((w * left.image.height) / left.image.width));
    const canvas = Object.assign(document.createElement("canvas"), { width: w, height: h });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    const put = (image, how) => {
      context.globalCompositeOperation = how;
      context.drawImage(image, 0, 0, w, h);
    };
    put(left.image, "source-over");
    put(over.image ?? right.image, "difference");
    put(over.image ?? right.image, "destination-in");
    const { data } = context.getImageData(0, 0, w, h);
    let differ = 0, both = 0;
    for (let n = 0; n < data.length; n += 4) {
      if (data[n + 3] < 255) continue;
      both += 1;
      if (Math.max(data[n], data[n + 1], data[n + 2]) > NOTICED) differ += 1;
    }
    return { part: differ / Math.max(1, both), both: both / (w * h) };
  }

  // How the right one lies on the left one, in words.
  function lie() {
    const { state, reason } = laid(0);
    if (state === "here") return "; the right one is aligned with the left one";
    if (state === "none") return `; not aligned${reason ? ` (${reason})` : ""}: the right one lies on the left one as it is`;
    return "";
  }

  const KINDS = { side: "Side by side", blink: "Blinking", overlay: "Laid over each other", difference: "Difference: black where both are equal" };

  const percent = (part) => (part < 0.001 ? "less than 0.1 %" : `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} %`);

  function tellDifference() {
    const found = view.kind === "difference" ? difference() : null;
    let text = KINDS[view.kind];
    // Twice a second would be no help to anybody: where it blinks by itself it is seen, not told.
    if (view.kind === "blink" && calm.matches) text += `: ${view.blink ? "right" : "left"}`;
    if (found) text += `; ${found.part ? `${percent(found.part)} of what is shown differs` : "nothing that is shown differs"}`;
    if (found && found.both < WHOLE) text += `; both show ${percent(found.both)} of the left one`;
    if (view.kind !== "side") text += lie();
    const told = `${shown.left + 1} on the left, ${shown.right + 1} on the right. ${text}.`;
    if (said.textContent !== told) said.textContent = told;
  }

  function caption(side) {
    const member = of.get(shown[side]);
    const nr = Object.assign(document.createElement("span"), { className: "nr", textContent: member.position + 1 });
    const name = Object.assign(document.createElement("bdi"), { textContent: `${member.name} · ${member.store}` });
    figure(side).querySelector("figcaption").replaceChildren(nr, name);
    figure(side).querySelector("canvas").setAttribute("aria-label", `${side === "left" ? "Left" : "Right"}: file ${member.position + 1}, ${member.name} of ${member.store}, ${member.width} by ${member.height}`);
  }

  let reading;
  function choose(left, right, { first = false } = {}) {
    if (!of.has(left) || !of.has(right)) return;
    Object.assign(shown, { left, right });
    sides.forEach(caption);
    const stays = document.getElementById("stays");
    if (stays) {
      stays.value = left;
      document.getElementById("left-number").textContent = left + 1;
    }
    for (const row of document.querySelectorAll(".member")) {
      const position = Number(row.dataset.position);
      row.classList.toggle("left", position === left);
      row.classList.toggle("right", position === right);
    }
    if (!first) {
      // Stepping through many files asks for the last one only.
      clearTimeout(reading);
      reading = setTimeout(() => {
        const target = document.getElementById("sides");
        htmx.ajax("GET", `${target.dataset.sides}?left=${left}&right=${right}`, { target, swap: "innerHTML" });
      }, 150);
    }
    tellDifference();
    draw();
  }

  let blinking;
  function show(kind) {
    view.kind = kind;
    view.blink = false;
    clearInterval(blinking);
    if (kind === "blink" && !calm.matches)
      blinking = setInterval(() => { view.blink = !view.blink; mark(); draw(); }, BLINK_MS);
    for (const button of viewer.querySelectorAll("[data-view]"))
      button.setAttribute("aria-pressed", String(button.dataset.view === kind));
    stage.classList.toggle("single", kind !== "side");
    one(".mix").hidden = kind !== "overlay";
    one(".gain").hidden = kind !== "difference";
    mark();
    tellDifference();
    draw();
  }

  // In one pane its label says which of both is seen.
  function mark() {
    const label = figure("left").querySelector("figcaption");
    label.hidden = view.kind === "overlay" || view.kind === "difference";
    const member = of.get(view.kind === "blink" && view.blink ? shown.right : shown.left);
    if (label.children.length) {
      label.children[0].textContent = member.position + 1;
      label.children[1].textContent = `${member.name} · ${member.store}`;
    }
  }

  function held(value) {
    const half = 0.5 / view.zoom;
    return Math.min(1 - half, Math.max(half, value));
  }

  // Zooms so that what lies under a point (in fractions of the pane from its middle) stays there.
  function zoom(by, fx = 0, fy = 0) {
    const before = view.zoom;
    view.zoom = Math.min(MOST_ZOOM, Math.max(1, before * by));
    const size = sizeShown();
    view.x = held(view.x + (fx * size.pane.w) / size.w * (1 / before - 1 / view.zoom));
    view.y = held(view.y + (fy * size.pane.h) / size.h * (1 / before - 1 / view.zoom));
    draw();
  }

  function sizeShown() {
    const canvas = figure("left").querySelector("canvas");
    const pane = { w: canvas.clientWidth, h: canvas.clientHeight };
    const member = of.get(shown.left);
    const scale = Math.min(pane.w / member.width, pane.h / member.height);
    return { w: member.width * scale, h: member.height * scale, pane };
  }

  function move(dx, dy) {
    const size = sizeShown();
    view.x = held(view.x + dx / (size.w * view.zoom));
    view.y = held(view.y + dy / (size.h * view.zoom));
    draw();
  }

  function fit() {
    Object.assign(view, { zoom: 1, x: 0.5, y: 0.5 });
    draw();
  }

  const acts = {
    in: () => zoom(1.5),
    out: () => zoom(1 / 1.5),
    fit,
    reverse: () => choose(shown.right, shown.left),
  };

  viewer.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.view) {
      // Where things should not move by themselves, each press changes the picture.
      if (button.dataset.view === "blink" && view.kind === "blink" && calm.matches) {
        view.blink = !view.blink;
        mark();
        tellDifference();
        draw();
      } else show(button.dataset.view);
    }
    if (button?.dataset.act) acts[button.dataset.act]();
  });
  one("#mix").addEventListener("input", draw);
  one("#gain").addEventListener("change", draw);

  document.querySelector("[data-files]").addEventListener("click", (event) => {
    const button = event.target.closest("[data-show]");
    if (button) pick(Number(button.dataset.show));
  });

  // Shows a file on the right; the left one goes there by changing sides.
  function pick(position) {
    if (position === shown.left) choose(shown.right, shown.left);
    else choose(shown.left, position);
  }

  function beside(by) {
    const order = members.map((member) => member.position).filter((position) => position !== shown.left);
    const at = order.indexOf(shown.right);
    if (order.length) choose(shown.left, order[(at + by + order.length) % order.length]);
  }

  const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("textarea, select, input")) return;
    if (localStorage.getItem("monoprint-single-keys") === "off" && event.target !== stage) return;
    const arrow = ARROWS[event.key];
    if (arrow && view.zoom > 1) move(...arrow);
    else if (/^[1-9]$/.test(event.key)) pick(Number(event.key) - 1);
    else if (event.key === ",") beside(-1);
    else if (event.key === ".") beside(1);
    else return;
    event.preventDefault();
  });

  // Mouse, pen and fingers

  function at(event) {
    const box = event.target.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width - 0.5, (event.clientY - box.top) / box.height - 0.5];
  }

  stage.addEventListener("wheel", (event) => {
    // A bare wheel scrolls the page, as everywhere; with Ctrl (or a pinch) it zooms.
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 300), ...at(event));
  }, { passive: false });
  stage.addEventListener("dblclick", (event) => (view.zoom > 1 ? fit() : zoom(4, ...at(event))));

  const fingers = new Map();
  const apart = () => {
    const [a, b] = [...fingers.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  };
  stage.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (view.zoom > 1 || fingers.size > 1) {
      stage.setPointerCapture(event.pointerId);
      stage.classList.add("held");
    }
  });
  stage.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const width = fingers.size === 2 ? apart() : 0;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size === 2) zoom(apart() / (width || 1));
    else if (view.zoom > 1) move(before.x - event.clientX, before.y - event.clientY);
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"])
    stage.addEventListener(kind, (event) => {
      fingers.delete(event.pointerId);
      if (!fingers.size) stage.classList.remove("held");
    });

  new ResizeObserver(draw).observe(stage);
  choose(shown.left, shown.right, { first: true });
})();
