// From a drawing to MNIST's format, as mnist_mlp/pictures does; with center.py and stroke_width.py.

import {CONSTANTS, SIDE} from "./data.mjs";
import {strokeWidth, widened} from "./distance.mjs";
import {border, find, USUAL} from "./find.mjs";
import {boundingBox, centreOfMass, cropped, greatest, longestSide, mapped, quantile, rint, scaledTo} from "./image.mjs";
import {selectStrokes} from "./strokes.mjs";

const {LONGEST, DIM, BRIGHT, SHORTEST, PALEST, NARROWEST} = CONSTANTS;
const {FINE, THIN, FAT, FILLED, MOST_THINNED} = CONSTANTS;

/** The pixels that the network sees (784 levels, 0 is background) and the stroke features; null: nothing is drawn. */
export function prepare(grey) {
  if (grey.width === SIDE && grey.height === SIDE) {
    for (const picture of [grey, mapped(grey, (level) => 255 - level)]) {
      if (!isNormalized(picture)) continue;
      const bright = mapped(picture, (level) => (level >= BRIGHT ? 1 : 0));
      return {pixels: picture.data, features: selectStrokes(bright, picture).features};
    }
  }
  const found = find(grey);
  return found && {pixels: centered(found.ink), features: found.features};
}

/** Whether a picture of 28x28 already is in MNIST's format: MNIST's own pictures are. */
function isNormalized(grey) {
  if (quantile(border(grey), 0.5) > DIM || greatest(grey.data) < BRIGHT) return false;
  const ink = mapped(grey, (level) => (level > DIM ? level : 0));
  const {x, y} = centreOfMass(ink);
  const longest = longestSide(boundingBox(ink));
  return (
    longest >= SHORTEST &&
    longest <= LONGEST &&
    Math.max(Math.abs(x - SIDE / 2), Math.abs(y - SIDE / 2)) <= 1 &&
    quantile(ink.data.filter((level) => level > 0), USUAL) >= PALEST &&
    widthByGradient(grey) >= NARROWEST
  );
}

/** The mean width of strokes: twice the ink over the sum of the gradient's magnitude. */
function widthByGradient({width, height, data}) {
  let gradient = 0;
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0, i = y * width; x + 1 < width; x++, i++) {
      gradient += Math.hypot(data[i + width] - data[i], data[i + 1] - data[i]);
    }
  }
  return (2 * data.reduce((sum, level) => sum + level, 0)) / gradient;
}

/** Ink with MNIST's stroke width, 20 pixels long, its centre of mass in the middle. */
function centered(ink) {
  const boxed = scaledTo(strokesNormalized(ink), LONGEST);
  const {x, y} = centreOfMass(boxed);
  const top = Math.min(Math.max(rint(SIDE / 2 - y), 0), SIDE - boxed.height);
  const left = Math.min(Math.max(rint(SIDE / 2 - x), 0), SIDE - boxed.width);
  const most = Math.fround(255 / greatest(boxed.data));
  const levels = mapped(boxed, (value) => rint(Math.fround(value * most)));
  return Uint8Array.from(cropped(levels, {top: -top, bottom: SIDE - top, left: -left, right: SIDE - left}).data);
}

/** Ink with strokes as wide as MNIST's for its size. */
function strokesNormalized(ink) {
  let longest = FINE * LONGEST;
  let {scaled, width} = measured(ink, longest);
  if (width < FINE && Math.max(ink.width, ink.height) > longest) {
    longest = Math.max(ink.width, ink.height);
    ({scaled, width} = measured(ink, longest));
  }
  const share = width / longest;
  const wanted = Math.min(Math.max(share, THIN), FAT);
  if (wanted === share || share > FILLED) return ink;
  const by = Math.max((wanted * longest - width) / (2 * (1 - wanted)), -MOST_THINNED * width);
  const wide = widened(scaled, by);
  return cropped(wide, boundingBox(wide, (value) => value > 0.5));
}

/** Ink scaled to its longest side, at full strength again, and the width of its strokes. */
function measured(ink, longest) {
  const scaled = saturated(scaledTo(ink, longest));
  return {scaled, width: strokeWidth(mapped(scaled, (value) => (value > 0.5 ? 1 : 0)))};
}

/** Ink that reaches 1 again where averaging made thin strokes pale. */
function saturated(ink) {
  const usual = Math.fround(Math.max(quantile(ink.data.filter((value) => value > 0), USUAL), 1e-6));
  return mapped(ink, (value) => Math.min(value / usual, 1));
}
