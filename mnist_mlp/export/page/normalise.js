// From a digit's ink to MNIST's format, as mnist_mlp/pictures/stroke_width.py and center.py do.

const {SIDE, LONGEST, DIM, BRIGHT, SHORTEST, PALEST, NARROWEST} = CONSTANTS;
const {FINE, THIN, FAT, FILLED, MOST_THINNED} = CONSTANTS;

/** The pixels that the network sees (784 grey levels, 0 is background) and the stroke features; null: nothing is drawn. */
function prepare(grey) {
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

/** Ink with its longest side so long: averaged down, or interpolated smoothly up. */
function scaledTo(ink, longest) {
  const scale = longest / Math.max(ink.width, ink.height);
  const sides = [ink.width, ink.height].map((side) => Math.max(1, rint(side * scale)));
  return mapped(resized(ink, ...sides, scale < 1 ? BOX : BICUBIC), (value) => Math.min(Math.max(value, 0), 1));
}

/** Of ink, counted from 0 at the middle of the first pixel. */
function centreOfMass({width, data}) {
  let [mass, x, y] = [0, 0, 0];
  for (let i = 0; i < data.length; i++) {
    mass += data[i];
    x += data[i] * (i % width);
    y += data[i] * Math.floor(i / width);
  }
  return {x: x / mass, y: y / mass};
}

/** The mean width of a mask's strokes: four times the mean distance to their outside. */
function strokeWidth(mask) {
  const sheet = padded(mask, 1);
  const distances = distanceTransform(mapped(sheet, (inside) => 1 - inside), Math.max(sheet.width, sheet.height)).data.filter((_, i) => sheet.data[i]);
  return 4 * (Math.fround(distances.reduce((sum, distance) => sum + distance, 0) / distances.length) - 0.5);
}

/** Ink with its strokes ``by`` pixels wider on each side (narrower if negative), on a wider sheet. */
function widened(ink, by) {
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

/** Distance transform: distance of each pixel's centre to the nearest of a mask, exact up to ``reach``: down the columns, then across. */
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
