// Stroke features, and how many things are drawn, as mnist_mlp/pictures/stroke_features.py defines them.

import {apart, boxOf, connectedComponents, extent, group} from "./components.mjs";
import {CONSTANTS} from "./data.mjs";
import {mapped} from "./image.mjs";

const {MOST_OVERLAP, LEAST_HEIGHT, LEAST_THING, LEAST_PEN, LEAST_INK, PALE} = CONSTANTS;
const {MOST_TOUCH, TOUCHING_HEIGHT, LEAST_LENGTH} = CONSTANTS;
const {SMALLER_LEAST, SMALLER_MOST, SMALLER_PEN, SMALLER_STRENGTH} = CONSTANTS;

/** Whether a component is a digit smaller than the main one. */
export function isSmaller(part, main) {
  const height = (part.bottom - part.top) / (main.bottom - main.top);
  return (
    SMALLER_LEAST <= height &&
    height <= SMALLER_MOST &&
    !part.cut &&
    part.width <= SMALLER_PEN * main.width &&
    part.area / part.width >= LEAST_LENGTH * part.size &&
    part.weight >= LEAST_INK * main.weight &&
    part.strength >= SMALLER_STRENGTH * main.strength
  );
}

/** Whether a component could be a digit that only touches the border of the picture, which does not cut it. */
function isTouching(part, main) {
  return (
    part.bottom - part.top >= TOUCHING_HEIGHT * (main.bottom - main.top) &&
    part.cut <= MOST_TOUCH * part.size &&
    part.area / part.width >= LEAST_LENGTH * part.size
  );
}

/** The groups of other components that could be digits, apart from the members' box. */
export function things(eligible, members, main) {
  let rest = eligible.filter(
    (part) =>
      !members.has(part) &&
      (!part.cut || isTouching(part, main)) &&
      part.weight >= LEAST_INK * main.weight &&
      part.width >= LEAST_PEN * main.width,
  );
  const found = [];
  while (rest.length) {
    const thing = group(rest.reduce((best, part) => (part.weight > best.weight ? part : best)), rest);
    rest = rest.filter((part) => !thing.has(part));
    if (extent(thing) >= LEAST_THING * extent(members) && apart(boxOf(thing), boxOf(members))) found.push(thing);
  }
  return found;
}

/** How many of the things no pale stroke connects with the members. */
export function separateOf(strength, labels, parts, members, things) {
  if (!things.length) return 0;
  const total = (of) => [...members].reduce((sum, part) => sum + part[of], 0);
  const level = (PALE * total("ink")) / total("area");
  const pale = connectedComponents(mapped(strength, (s) => (s >= level ? 1 : 0)), strength).labels;
  const within = (group) => new Set(pale.data.filter((label, i) => label && group.has(parts[labels.data[i] - 1])));
  const digit = within(members);
  return things.filter((thing) => ![...within(thing)].some((label) => digit.has(label))).length;
}

/**
 * The stroke features of the members, which are the rest and smaller digits, as mnist_mlp/pictures/stroke_features.py
 * defines them.
 */
export function featuresOf(parts, members, rest, main) {
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const counted = (part) => part.weight * part.width;
  const wide = (part) => part.right - part.left;
  const shared = (part) => Math.min(part.right, main.right) - Math.max(part.left, main.left);
  const isBeside = (part) =>
    part !== main &&
    shared(part) <= MOST_OVERLAP * Math.min(wide(part), wide(main)) &&
    part.bottom - part.top >= LEAST_HEIGHT * (main.bottom - main.top);
  const size = extent(members);
  const {top, bottom, left, right} = boxOf(members);
  const area = sum(members.map((part) => part.area));
  return {
    components: members.length,
    stroke_width: main.width / size,
    stroke_length: sum(members.map((part) => part.area / part.width)) / size,
    fill: area / ((bottom - top) * (right - left)),
    contrast: sum(members.map((part) => part.ink)) / area,
    main_share: counted(main) / sum(parts.map(counted)),
    beside: Math.max(0, ...parts.filter(isBeside).map((part) => counted(part) / counted(main))),
    cut: sum(members.map((part) => part.cut)) / size,
    aspect: (right - left) / (bottom - top),
    adjacent: [...rest].filter((part) => isBeside(part) && part.weight >= LEAST_INK * main.weight).length,
  };
}
