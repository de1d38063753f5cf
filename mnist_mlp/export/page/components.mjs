// Connected components of a mask, their measures, and groups of them.

import {CONSTANTS} from "./data.mjs";
import {around, image, longestSide} from "./image.mjs";

const {MOST_DISTANCE} = CONSTANTS;

/** The number of each pixel's component, from 1, neighbours by side or corner; and the components' measures. */
export function connectedComponents(stroke, strength) {
  const {width, height, data} = stroke;
  const labels = image(width, height);
  const parts = [];
  const inside = (x, y) => x >= 0 && x < width && y >= 0 && y < height;
  const clear = (x, y) => inside(x, y) && !data[y * width + x];
  for (let first = 0; first < data.length; first++) {
    if (!data[first] || labels.data[first]) continue;
    const part = {ink: 0, area: 0, rim: 0, cut: 0, top: height, bottom: 0, left: width, right: 0};
    parts.push(part);
    labels.data[first] = parts.length;
    for (const queue = [first]; queue.length; ) {
      const i = queue.pop();
      const x = i % width;
      const y = (i - x) / width;
      around(part, x, y);
      part.ink += strength.data[i];
      part.area += 1;
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) part.cut += 1;
      if (clear(x - 1, y) || clear(x + 1, y) || clear(x, y - 1) || clear(x, y + 1)) part.rim += 1;
      for (let v = y - 1; v <= y + 1; v++) {
        for (let u = x - 1; u <= x + 1; u++) {
          const j = v * width + u;
          if (!inside(u, v) || !data[j] || labels.data[j]) continue;
          labels.data[j] = parts.length;
          queue.push(j);
        }
      }
    }
  }
  return {labels, parts};
}

/** The group of a component: the eligible ones that are near it, or near one another. */
export function group(first, eligible) {
  const members = new Set([first]);
  for (;;) {
    const reach = MOST_DISTANCE * extent(members);
    const near = eligible.filter((part) => !members.has(part) && gap(part, members) <= reach);
    if (!near.length) return members;
    near.forEach((part) => members.add(part));
  }
}

/** The box around some components. */
export function boxOf(members) {
  const all = [...members];
  return {
    top: Math.min(...all.map((part) => part.top)),
    bottom: Math.max(...all.map((part) => part.bottom)),
    left: Math.min(...all.map((part) => part.left)),
    right: Math.max(...all.map((part) => part.right)),
  };
}

export const extent = (members) => longestSide(boxOf(members));

/** Whether two boxes share no pixel. */
export const apart = (a, b) => a.top >= b.bottom || b.top >= a.bottom || a.left >= b.right || b.left >= a.right;

/** Distance of a component's box from the nearest box of the members. */
function gap(part, members) {
  const between = (low, high, other) => Math.max(0, part[low] - other[high], other[low] - part[high]);
  const away = (other) => Math.hypot(between("left", "right", other), between("top", "bottom", other));
  return Math.min(...[...members].map(away));
}
