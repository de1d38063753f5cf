// The digit's ink in a picture: what stands out from the background, and of that the strokes of the digit. With an even
// background the same as mnist_mlp/pictures does; uneven light, ruled lines and boxes are not removed.

import {CONSTANTS} from "./data.mjs";
import {boundingBox, cropped, image, mapped, quantile, transposed} from "./image.mjs";
import {selectStrokes} from "./strokes.mjs";

const {FAINT, STROKE, HAZE, RIM, FEW, ONE_IN} = CONSTANTS;
export const {USUAL} = CONSTANTS;

/** Ink from 0 to 1, cropped to the digit's strokes, and their features; null if nothing is drawn. */
export function find(grey) {
  const background = quantile(border(grey), 0.5);
  const marks = boundingBox(grey, (level) => Math.abs(level - background) >= STROKE * FAINT);
  if (!marks.bottom) return null;
  const strength = mapped(cropped(grey, withRim(marks, grey)), (level) => Math.abs(level - background));
  const full = fullLevel(strength.data, grey.data.length);
  if (full < FAINT) return null;
  const {digit, features} = selectStrokes(mapped(strength, (s) => (s >= STROKE * full ? 1 : 0)), strength);
  const box = boundingBox(digit);
  return {ink: inkOf(cropped(strength, box), cropped(digit, box)), features};
}

/** The levels of the outermost pixels. */
export function border({width, height, data}) {
  const levels = [];
  for (let y = 0; y < height; y++) {
    const step = y === 0 || y === height - 1 ? 1 : Math.max(width - 1, 1);
    for (let x = 0; x < width; x += step) levels.push(data[y * width + x]);
  }
  return Float32Array.from(levels);
}

/** A box that is one pixel wider on each side, inside of the picture; the pixels beyond it are background. */
function withRim(box, {width, height}) {
  return {
    top: Math.max(box.top - 1, 0),
    bottom: Math.min(box.bottom + 1, height),
    left: Math.max(box.left - 1, 0),
    right: Math.min(box.right + 1, width),
  };
}

/** The level of full strokes: few pixels are stronger, so that one bright pixel does not count; 0: nothing stands out. */
function fullLevel(strength, pixels) {
  const few = Math.min(pixels, FEW + Math.floor(pixels / ONE_IN));
  return strength.filter((s) => s >= FAINT).sort().at(-few) ?? 0;
}

/** Ink is 1 where strokes are as strong as usual; only they and their soft edges are left. */
function inkOf(strength, digit) {
  const full = quantile(strength.data.filter((_, i) => digit.data[i]), USUAL);
  const haze = Math.fround(HAZE * full);
  const range = Math.fround(Math.max(full - HAZE * full, 1));
  const soft = grown(digit);
  return mapped(strength, (s, i) => (soft.data[i] ? Math.min(Math.max(Math.fround(s - haze) / range, 0), 1) : 0));
}

/** A mask with a rim of a share of its size, so that strokes keep their soft edges. */
function grown(mask) {
  const rim = Math.max(1, Math.floor(Math.max(mask.width, mask.height) / RIM));
  return transposed(widenedRows(transposed(widenedRows(mask, rim)), rim));
}

/** A mask or-ed with its copies shifted left and right by up to ``rim``. */
function widenedRows({width, height, data}, rim) {
  const result = image(width, height);
  for (let i = 0; i < data.length; i++) {
    const x = i % width;
    const first = Math.max(x - rim, 0);
    if (data[i]) result.data.fill(1, i - x + first, i - x + Math.min(x + rim + 1, width));
  }
  return result;
}
