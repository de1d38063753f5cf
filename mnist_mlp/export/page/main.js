// The page: what is drawn or opened becomes 28x28 pixels, the network is asked, and everything that it says is shown.

const PEN = 21; // of the paper's 336 pixels: MNIST's stroke on a digit that fills half of the paper
const {VIEW} = CONSTANTS;
const MOST_UNITS = 256; // of a layer that are shown

const named = (id) => document.getElementById(id);
const [paper, seen, weights] = ["paper", "seen", "weights"].map(named);
const pen = paper.getContext("2d", {willReadFrequently: true});
const network = readNetwork(JSON.parse(named("network").textContent));
const probabilities = ["softmax", "sigmoid"].includes(network.output);
const nameOf = (label) => network.names?.[label] ?? String(label);
let chosen = 0; // the unit of the first hidden layer whose weights are shown

/* What the network says */

const inWords = (output) => (probabilities ? `${(100 * output).toFixed(1)} %` : output.toFixed(3));

const element = (name, properties, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

const rows = Array.from({length: network.sizes.at(-1)}, (_, digit) => {
  const bar = element("span", {className: "bar"});
  const figure = element("data");
  const track = element("span", {className: "track"}, bar);
  const row = element("li", {}, element("span", {textContent: nameOf(digit)}), track, figure);
  named("answers").append(row);
  return {row, bar, figure};
});

const layers = network.sizes.slice(1, -1).map((units, l) => {
  const cells = Array.from({length: Math.min(units, MOST_UNITS)}, () => element("i"));
  const title = element("h3");
  const grid = element("div", {className: "units"}, ...cells);
  grid.setAttribute("role", "img");
  named("layers").append(element("div", {className: "layer"}, title, grid));
  return {name: `Hidden layer ${l + 1}`, units, cells, title, grid};
});

/** Show the reading of a prepared picture; of null, that nothing is drawn. Return the answer as a sentence, if there is one. */
function show(picture) {
  const pixels = picture && picture.pixels;
  const reason = picture && reasonToReject(picture);
  drawPixels(seen, pixels ?? new Uint8Array(SIDE * SIDE), (level) => [255 - level, 255 - level, 255 - level]);
  const {outputs, hidden} = ask(network, pixels ?? new Uint8Array(SIDE * SIDE));
  const best = outputs.indexOf(greatest(outputs));
  rows.forEach(({row, bar, figure}, digit) => {
    row.classList.toggle("top", pixels !== null && !reason && digit === best);
    bar.style.transform = `scaleX(${pixels ? Math.min(Math.max(outputs[digit], 0), 1) : 0})`;
    figure.value = pixels ? outputs[digit] : "";
    figure.textContent = pixels ? inWords(outputs[digit]) : "";
  });
  named("digit").textContent = pixels && !reason ? nameOf(best) : "?";
  named("sure").textContent = pixels ? (reason ? "unsure" : inWords(outputs[best])) : "";
  layers.forEach((layer, l) => showLayer(layer, pixels && hidden[l]));
  if (layers.length) sayUnit();
  if (reason) return `unsure: ${reason} (best guess: ${nameOf(best)}).`;
  return pixels && `read as ${nameOf(best)} (${probabilities ? "" : "score "}${inWords(outputs[best])}).`;
}

function showLayer(layer, values) {
  const most = values ? greatest(values.a.map(Math.abs)) || 1 : 1;
  layer.values = values;
  layer.cells.forEach((cell, i) => {
    const a = values ? values.a[i] : 0;
    cell.style.setProperty("--size", Math.sqrt(Math.abs(a) / most));
    cell.classList.toggle("below", a < 0);
  });
  const part = layer.cells.length < layer.units ? `; the first ${layer.cells.length} are shown` : "";
  const fire = values ? `${values.z.filter((z) => z > 0).length} of ${layer.units} units fire` : `${layer.units} units`;
  layer.title.textContent = `${layer.name}: ${fire}${part}`;
  layer.grid.setAttribute("aria-label", layer.title.textContent);
}

function drawPixels(canvas, values, colour) {
  const levels = new Uint8ClampedArray(4 * values.length).fill(255);
  values.forEach((value, i) => levels.set(colour(value), 4 * i));
  canvas.getContext("2d").putImageData(new ImageData(levels, SIDE, SIDE), 0, 0);
}

/* The weights of a unit of the first layer: dark below zero, bright above, the ends and the middle of cividis */

const DARK_TO_LIGHT = [[0, 34, 78], [65, 77, 107], [124, 123, 120], [187, 173, 108], [254, 232, 56]];

function darkToLight(share) {
  const place = Math.min(Math.max(2 * (share + 1), 0), 4);
  const at = Math.min(Math.floor(place), 3);
  return DARK_TO_LIGHT[at].map((low, channel) => low + (place - at) * (DARK_TO_LIGHT[at + 1][channel] - low));
}

/** Show the weights of a unit, and what it makes of the drawing. */
function choose(unit) {
  const {cells, grid} = layers[0];
  cells[chosen].classList.remove("chosen");
  cells[unit].classList.add("chosen");
  grid.setAttribute("aria-activedescendant", cells[unit].id);
  chosen = unit;
  const {nIn, nOut, W} = network.layers[0];
  const column = Float64Array.from({length: nIn}, (_, i) => W[i * nOut + unit]);
  const most = greatest(column.map(Math.abs)) || 1;
  drawPixels(weights, column, (weight) => darkToLight(weight / most));
  sayUnit();
}

function sayUnit() {
  const {cells, values} = layers[0];
  const activation = values ? `, activation ${values.a[chosen].toFixed(2)}` : "";
  cells[chosen].setAttribute("aria-label", `unit ${chosen}${activation}`);
  named("unit-words").textContent =
    `Unit ${chosen}${activation}. Ink where its weights are bright excites it, where they are dark holds it back.`;
}

/** Let the units of the first layer be chosen with pointer and arrow keys. */
function chooseable({cells, grid}) {
  grid.setAttribute("role", "listbox");
  grid.tabIndex = 0;
  cells.forEach((cell, i) => {
    cell.id = `unit-${i}`;
    cell.setAttribute("role", "option");
    cell.setAttribute("aria-label", `unit ${i}`);
  });
  const columns = () => cells.filter((cell) => cell.offsetTop === cells[0].offsetTop).length;
  const moves = {ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: () => -columns(), ArrowDown: columns};
  grid.addEventListener("keydown", (event) => {
    if (!moves[event.key]) return;
    event.preventDefault();
    choose(Math.min(Math.max(chosen + moves[event.key](), 0), cells.length - 1));
  });
  const pointAt = (event) => cells.includes(event.target) && choose(cells.indexOf(event.target));
  grid.addEventListener("pointerover", pointAt);
  grid.addEventListener("click", pointAt);
}

if (layers.length) {
  chooseable(layers[0]);
  choose(0);
} else {
  named("inside").hidden = true;
}

/* Drawing */

const HINT = "Draw with mouse, finger or pen; or open, drop or paste a picture.";
let stroke = null; // the pointer that draws, and where it was
let due = 0; // the animation frame in which the drawing will be read

const say = (words) => (named("status").textContent = words);

const sentence = (answer) => (answer ? answer[0].toUpperCase() + answer.slice(1) : HINT);

/** Take a new sheet; ``picture``: whether one will be shown on it. */
function blank(picture = false) {
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, paper.width, paper.height);
  paper.classList.toggle("picture", picture);
}

function clear() {
  blank();
  stroke = null;
  read();
}

/** Ask the network about what is drawn. */
function read() {
  cancelAnimationFrame(due);
  due = 0;
  say(sentence(show(prepare(greyOf(pen)))));
}

const readSoon = () => (due ||= requestAnimationFrame(() => ((due = 0), show(prepare(greyOf(pen))))));

/** The grey levels of a canvas, by the weights of ITU-R 601 as Pillow rounds them. */
function greyOf(context) {
  const {width, height, data} = context.getImageData(0, 0, context.canvas.width, context.canvas.height);
  const grey = new Uint8Array(width * height);
  for (let i = 0, k = 0; i < grey.length; i++, k += 4) {
    grey[i] = (19595 * data[k] + 38470 * data[k + 1] + 7471 * data[k + 2] + 0x8000) >> 16;
  }
  return image(width, height, grey);
}

function placeOf(event) {
  const {left, top, width, height} = paper.getBoundingClientRect();
  return {x: ((event.clientX - left) * paper.width) / width, y: ((event.clientY - top) * paper.height) / height};
}

function dot({x, y}) {
  pen.beginPath();
  pen.arc(x, y, PEN / 2, 0, 2 * Math.PI);
  pen.fill();
}

function line(from, to) {
  pen.beginPath();
  pen.moveTo(from.x, from.y);
  pen.lineTo(to.x, to.y);
  pen.stroke();
}

paper.addEventListener("pointerdown", (event) => {
  if (stroke || event.button !== 0) return; // a second finger, another button
  if (paper.classList.contains("picture")) blank();
  paper.setPointerCapture(event.pointerId);
  stroke = {id: event.pointerId, ...placeOf(event)};
  Object.assign(pen, {fillStyle: "#000", strokeStyle: "#000", lineWidth: PEN, lineCap: "round"});
  dot(stroke);
  readSoon();
});

paper.addEventListener("pointermove", (event) => {
  if (event.pointerId !== stroke?.id) return;
  const passed = event.getCoalescedEvents?.() ?? [];
  for (const place of (passed.length ? passed : [event]).map(placeOf)) {
    line(stroke, place);
    Object.assign(stroke, place);
  }
  readSoon();
});

for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
  paper.addEventListener(end, (event) => {
    if (event.pointerId !== stroke?.id) return;
    stroke = null;
    read();
  });
}

/* Pictures */

async function openPicture(file) {
  if (!file) return;
  const name = file.name || "picture";
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, {colorSpaceConversion: "none"});
  } catch {
    say(`${name}: not a picture that this browser can read.`);
    return;
  }
  const picture = prepare(greyOf(drawn(bitmap, "#fff"))) ?? prepare(greyOf(drawn(bitmap, "#000")));
  blank(true);
  pen.imageSmoothingEnabled = bitmap.width > paper.width || bitmap.height > paper.height;
  const scale = Math.min(paper.width / bitmap.width, paper.height / bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  pen.drawImage(bitmap, (paper.width - width) / 2, (paper.height - height) / 2, width, height);
  say(`${name}: ${show(picture) ?? "nothing is drawn there."}`);
}

/** A picture on a background that shows through where it is transparent, no larger than VIEW. */
function drawn(bitmap, behind) {
  const scale = Math.min(1, VIEW / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  const context = element("canvas", {width, height}).getContext("2d", {willReadFrequently: true});
  context.fillStyle = behind;
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return context;
}

const chooser = named("file");
chooser.addEventListener("change", () => {
  openPicture(chooser.files[0]);
  chooser.value = ""; // so that the same file can be chosen again
});
named("open").addEventListener("click", () => chooser.click());
named("clear").addEventListener("click", clear);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" || event.key.toLowerCase() === "c") clear();
});
document.addEventListener("paste", (event) => openPicture(event.clipboardData.files[0]));
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("over");
});
document.addEventListener("dragleave", (event) => event.relatedTarget ?? document.body.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("over");
  openPicture(event.dataTransfer.files[0]);
});

document.body.classList.toggle("named", network.names !== undefined);
named("sizes").textContent = network.sizes.join("-");
clear();
