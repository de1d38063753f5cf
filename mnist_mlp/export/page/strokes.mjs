// The strokes of the digit, chosen among the connected components, as mnist_mlp/pictures/strokes.py does.

import {connectedComponents, group} from "./components.mjs";
import {CONSTANTS} from "./data.mjs";
import {featuresOf, isSmaller, separateOf, things} from "./features.mjs";
import {cropped, longestSide, mapped, transposed} from "./image.mjs";

const {LEAST_WEIGHT, LEAST_STRENGTH, CUT_WEIGHT, SURROUNDINGS, NEGLIGIBLE} = CONSTANTS;
const {FRAME_WIDTH, FRAMED_SIZE, FRAME_STRIP, FRAME_ALONG, CIRCLE_ALONG, CIRCULAR, CIRCLED_SIZE} = CONSTANTS;

/** The strokes of the digit (the component of most weight, and those near it and as strong) and their features. */
export function selectStrokes(stroke, strength) {
  const {labels, parts} = connectedComponents(stroke, strength);
  for (const part of parts) {
    part.size = longestSide(part);
    part.width = Math.max(1, (2 * part.area) / Math.max(part.rim, 1));
    part.strength = part.ink / part.area;
    part.weight = (part.area / part.width) * part.strength ** 2 * within(part);
  }
  for (const frame of frames(parts, labels)) frame.weight *= NEGLIGIBLE;
  const main = parts.reduce((best, part) => (part.weight > best.weight ? part : best));
  const eligible = parts.filter(
    (part) => part.weight >= LEAST_WEIGHT * main.weight && part.strength >= LEAST_STRENGTH * main.strength,
  );
  const members = group(main, eligible);
  const digit = mapped(labels, (label) => (label && members.has(parts[label - 1]) ? 1 : 0));
  const smaller = eligible.filter((part) => isSmaller(part, main));
  const rest = new Set([...members].filter((part) => !smaller.includes(part)));
  const others = eligible.filter((part) => !smaller.includes(part));
  const apart = [...things(others, rest, main), ...smaller.map((part) => new Set([part]))];
  const separate = separateOf(strength, labels, parts, rest, apart);
  return {digit, features: {...featuresOf(parts, [...members], rest, main), separate}};
}

/** Factor of a component's weight: 1 if it is inside of the picture, little if it runs along the border. */
function within(part) {
  if (!part.cut) return 1;
  return CUT_WEIGHT * Math.max(1 - part.cut / (SURROUNDINGS * part.size), NEGLIGIBLE);
}

/** The components that are thin, enclose another, and run along the sides of their boxes. */
function frames(parts, labels) {
  const {width, height} = labels;
  return parts.filter((frame, k) => {
    if (frame.width > FRAME_WIDTH * frame.size) return false;
    const framed = parts.filter(
      (part) =>
        part !== frame &&
        (part.top > frame.top || frame.top === 0) &&
        (part.bottom < frame.bottom || frame.bottom === height) &&
        (part.left > frame.left || frame.left === 0) &&
        (part.right < frame.right || frame.right === width) &&
        part.size >= FRAMED_SIZE * frame.size,
    );
    if (!framed.length) return false;
    const box = cropped(mapped(labels, (label) => (label === k + 1 ? 1 : 0)), frame);
    const circular = Math.min(box.width, box.height) >= CIRCULAR * frame.size;
    const circled = circular && framed.some((part) => part.size >= CIRCLED_SIZE * frame.size);
    const least = circled ? CIRCLE_ALONG : FRAME_ALONG;
    const sides = [
      [box, false, frame.top === 0],
      [box, true, frame.bottom === height],
      [transposed(box), false, frame.left === 0],
      [transposed(box), true, frame.right === width],
    ];
    return sides.every(([side, last, cut]) => cut || along(side, last) >= least);
  });
}

/** The fraction of a mask's columns that begin near its first row, or its last one. */
function along({width, height, data}, last) {
  const rows = 1 + Math.floor(FRAME_STRIP * height);
  const first = last ? height - rows : 0;
  let count = 0;
  for (let x = 0; x < width; x++) {
    for (let y = first; y < first + rows; y++) {
      if (!data[y * width + x]) continue;
      count += 1;
      break;
    }
  }
  return count / width;
}
