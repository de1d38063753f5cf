// The width of strokes, measured and changed by the distance transform, as mnist_mlp/pictures/stroke_width.py does.

import {image, mapped, padded} from "./image.mjs";

/** The mean width of a mask's strokes: four times the mean distance to their outside. */
export function strokeWidth(mask) {
  const sheet = padded(mask, 1);
  const reach = Math.max(sheet.width, sheet.height);
  const {data} = distanceTransform(mapped(sheet, (inside) => 1 - inside), reach);
  const distances = data.filter((_, i) => sheet.data[i]);
  return 4 * (Math.fround(distances.reduce((sum, distance) => sum + distance, 0) / distances.length) - 0.5);
}

/** Ink with its strokes ``by`` pixels wider on each side (narrower if negative), on a wider sheet. */
export function widened(ink, by) {
  const sheet = padded(ink, Math.trunc(Math.max(by, 0)) + 2);
  const mask = mapped(sheet, (value) => (value > 0.5 ? 1 : 0));
  const reach = Math.trunc(Math.abs(by)) + 3;
  const inner = distanceTransform(mapped(mask, (inside) => 1 - inside), reach).data;
  const outer = distanceTransform(mask, reach).data;
  const more = Math.fround(by + 0.5);
  return mapped(mask, (inside, i) => {
    const depth = Math.fround(inside ? inner[i] - 0.5 : 0.5 - outer[i]);
    return Math.min(Math.max(Math.fround(depth + more), 0), 1);
  });
}

/** Distance of each pixel's centre to the nearest of a mask, exact up to ``reach``: down the columns, then across. */
function distanceTransform(mask, reach) {
  const {width, height, data} = mask;
  const down = image(width, height).data.fill(reach);
  for (let x = 0; x < width; x++) {
    for (const step of [1, -1]) {
      let distance = reach;
      for (let k = 0, y = step > 0 ? 0 : height - 1; k < height; k++, y += step) {
        distance = data[y * width + x] ? 0 : Math.min(distance + 1, reach);
        down[y * width + x] = Math.min(down[y * width + x], distance);
      }
    }
  }
  const result = image(width, height);
  for (let i = 0; i < data.length; i++) {
    const x = i % width;
    let nearest = down[i] ** 2;
    for (let dx = 1; dx <= reach && dx ** 2 < nearest; dx++) {
      if (dx <= x) nearest = Math.min(nearest, down[i - dx] ** 2 + dx ** 2);
      if (dx < width - x) nearest = Math.min(nearest, down[i + dx] ** 2 + dx ** 2);
    }
    result.data[i] = Math.sqrt(nearest);
  }
  return result;
}
