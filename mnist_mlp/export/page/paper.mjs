// The paper: strokes of a pen, pictures on it, and undo.

import {element, named} from "./elements.mjs";
import {image} from "./image.mjs";
import {prepare} from "./normalise.mjs";

const MOST_UNDONE = 50; // changes that can be undone; each keeps 0.4 MB

const paper = named("paper");
const pen = paper.getContext("2d", {willReadFrequently: true});
const past = []; // what was on the paper before each change
let stroke = null; // the pointer that draws, and where it was
let sheet = {name: "", prepared: undefined}; // what is shown on it: a picture, until a stroke is added

/** Call ``drawn`` while a person draws, and ``changed`` after each change. */
export function startPaper({drawn, changed}) {
  paper.addEventListener("pointerdown", (event) => {
    if (stroke || event.button !== 0) return; // a second finger, another button
    remember();
    if (paper.classList.contains("picture")) blank();
    sheet = {name: "", prepared: undefined};
    paper.setPointerCapture(event.pointerId);
    stroke = {id: event.pointerId, ...placeOf(event)};
    Object.assign(pen, {fillStyle: "#000", strokeStyle: "#000", lineWidth: named("pen").value, lineCap: "round"});
    dot(stroke);
    drawn();
  });
  paper.addEventListener("pointermove", (event) => {
    if (event.pointerId !== stroke?.id) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const place of (passed.length ? passed : [event]).map(placeOf)) {
      line(stroke, place);
      Object.assign(stroke, place);
    }
    drawn();
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    paper.addEventListener(end, (event) => {
      if (event.pointerId !== stroke?.id) return;
      stroke = null;
      changed();
    });
  }
  named("clear").addEventListener("click", () => {
    clear();
    changed();
  });
  named("undo").addEventListener("click", () => {
    undo();
    changed();
  });
  blank();
  showUndo();
}

/** The prepared picture on the paper (null: nothing is drawn) and its name, which drawings do not have. */
export function onPaper() {
  return {name: sheet.name, picture: sheet.prepared === undefined ? prepare(greyOf(pen)) : sheet.prepared};
}

/**
 * Put a picture on a new sheet. prepared: what ``prepare`` makes of it. isInk: whether it is dark on white, so that
 * strokes can be added; on another picture, the first stroke takes a new sheet.
 */
export function put(bitmap, name, prepared, isInk = false) {
  remember();
  stroke = null;
  blank(!isInk);
  sheet = {name, prepared};
  pen.imageSmoothingEnabled = isInk || bitmap.width > paper.width || bitmap.height > paper.height;
  const scale = Math.min(paper.width / bitmap.width, paper.height / bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  pen.drawImage(bitmap, (paper.width - width) / 2, (paper.height - height) / 2, width, height);
}

/** Take a new sheet; isPicture: whether a picture will be shown on it, whose colours are kept in the dark. */
function blank(isPicture = false) {
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, paper.width, paper.height);
  paper.classList.toggle("picture", isPicture);
  sheet = {name: "", prepared: undefined};
}

function clear() {
  if (sheet.name || !isWhite()) remember();
  stroke = null;
  blank();
}

const levels = () => pen.getImageData(0, 0, paper.width, paper.height);

const isWhite = () => levels().data.every((level) => level === 255);

function remember() {
  past.push({levels: levels(), sheet, isPicture: paper.classList.contains("picture")});
  if (past.length > MOST_UNDONE) past.shift();
  showUndo();
}

function undo() {
  const before = past.pop();
  if (!before) return;
  stroke = null;
  blank(before.isPicture);
  pen.putImageData(before.levels, 0, 0);
  sheet = before.sheet;
  showUndo();
}

function showUndo() {
  named("undo").ariaDisabled = past.length === 0; // not ``disabled``, with which it would lose the focus
}

function placeOf(event) {
  const {left, top, width, height} = paper.getBoundingClientRect();
  return {x: ((event.clientX - left) * paper.width) / width, y: ((event.clientY - top) * paper.height) / height};
}

function dot({x, y}) {
  pen.beginPath();
  pen.arc(x, y, pen.lineWidth / 2, 0, 2 * Math.PI);
  pen.fill();
}

function line(from, to) {
  pen.beginPath();
  pen.moveTo(from.x, from.y);
  pen.lineTo(to.x, to.y);
  pen.stroke();
}

/** The grey levels of a canvas, by the weights of ITU-R 601 as Pillow rounds them. */
export function greyOf(context) {
  const {width, height, data} = context.getImageData(0, 0, context.canvas.width, context.canvas.height);
  const grey = new Uint8Array(width * height);
  for (let i = 0, k = 0; i < grey.length; i++, k += 4) {
    grey[i] = (19595 * data[k] + 38470 * data[k + 1] + 7471 * data[k + 2] + 0x8000) >> 16;
  }
  return image(width, height, grey);
}

/** A context of a new canvas with a picture on a background that shows through where it is transparent. */
export function drawnOn(background, bitmap, width, height) {
  const context = element("canvas", {width, height}).getContext("2d", {willReadFrequently: true});
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return context;
}
