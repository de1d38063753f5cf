// Elements of the page, numbers as text, and pictures of numbers.

import {SIDE} from "./data.mjs";

export const named = (id) => document.getElementById(id);

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** A number with a minus sign instead of a hyphen. */
export const decimals = (number, places) => number.toFixed(places).replace(/^-(?=.*[1-9])/, "−").replace(/^-/, "");

export const counted = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

/** The number of columns for n units: near twice that of the rows, if possible a divisor of n: then rows are full. */
export function columnsFor(n) {
  const wanted = Math.sqrt(2 * n);
  const divisors = Array.from({length: n}, (_, i) => i + 1).filter((columns) => n % columns === 0);
  const full = divisors.filter((columns) => columns >= wanted / 1.5 && columns <= wanted * 1.5);
  return full.sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0] ?? Math.min(n, Math.ceil(wanted));
}

/** Draw values row by row on a canvas, each as one pixel. */
export function drawPixels(canvas, values, columns, colour) {
  const rows = Math.ceil(values.length / columns);
  Object.assign(canvas, {width: columns, height: rows});
  const levels = new Uint8ClampedArray(4 * columns * rows);
  values.forEach((value, i) => levels.set([...colour(value), 255], 4 * i));
  canvas.getContext("2d").putImageData(new ImageData(levels, columns, rows), 0, 0);
}

/** Draw the pixels that a network sees as dark ink on white paper. */
export function drawInk(canvas, pixels) {
  drawPixels(canvas, pixels, SIDE, (level) => [255 - level, 255 - level, 255 - level]);
}
