// From a digit's ink to the 28x28 that MNIST's makers would have made of it, as mnist_mlp/pictures/normalise.py and
// weight.py do.

const SIDE = 28;
const LONGEST = 20; // pixels of the digit's longest side
const DIM = 32; // of 255: the darkest that counts as ink in the check whether a picture is MNIST's already
const BRIGHT = 128; // of 255: full ink in MNIST is 254 or 255
const PALEST = Math.fround(0.1); // of the greatest ink: what is paler is an edge
const FINE = 4; // times as fine as the result the strokes are measured and changed
const THIN = 2.2 / 20; // of the digit's longest side: MNIST's strokes are as wide,
const FAT = 3.2 / 20; // up to this
const FILLED = 0.3; // of the longest side: wider ones are no strokes but filled shapes
const MOST_THINNED = 0.25; // of the width, from each side: strokes vary, and none may vanish

/** What the network sees (784 grey levels, 0 is background) of a picture; null if nothing is drawn. */
function prepare(grey) {
  if (grey.width === SIDE && grey.height === SIDE) {
    for (const picture of [grey, mapped(grey, (level) => 255 - level)]) if (isNormal(picture)) return picture.data;
  }
  const ink = find(grey);
  return ink && normalised(ink);
}

/** Whether a picture of 28x28 already is what ``normalised`` makes: MNIST's own pictures are. */
function isNormal(grey) {
  if (quantile(border(grey), 0.5) > DIM || greatest(grey.data) < BRIGHT) return false;
  const ink = mapped(grey, (level) => (level > DIM ? level : 0));
  const {x, y} = centreOfMass(ink);
  return longestSide(boundingBox(ink)) <= LONGEST && Math.max(Math.abs(x - SIDE / 2), Math.abs(y - SIDE / 2)) <= 1;
}

/** Ink with MNIST's stroke width, 20 pixels long, its centre of mass in the middle. */
function normalised(ink) {
  const boxed = scaledTo(weighed(ink), LONGEST);
  const {x, y} = centreOfMass(boxed);
  const top = Math.min(Math.max(rint(SIDE / 2 - y), 0), SIDE - boxed.height);
  const left = Math.min(Math.max(rint(SIDE / 2 - x), 0), SIDE - boxed.width);
  const most = Math.fround(255 / greatest(boxed.data));
  const levels = mapped(boxed, (value) => rint(Math.fround(value * most)));
  return Uint8Array.from(cropped(levels, {top: -top, bottom: SIDE - top, left: -left, right: SIDE - left}).data);
}

/** Ink with strokes as wide as MNIST's for its size. */
function weighed(ink) {
  const longest = FINE * LONGEST;
  const width = strokeWidth(mapped(saturated(scaledTo(ink, longest)), (value) => (value > 0.5 ? 1 : 0)));
  const wanted = Math.min(Math.max(width, THIN * longest), FAT * longest);
  if (wanted === width || width > FILLED * longest) return ink;
  const scale = (longest - wanted) / (longest - width);
  const by = Math.max((wanted - width * scale) / 2, -MOST_THINNED * width);
  const wide = widened(saturated(scaledTo(ink, Math.max(1, rint(longest * scale)))), by);
  return cropped(wide, boundingBox(wide, (value) => value > 0.5));
}

/** Ink that reaches 1 again where averaging made thin strokes pale. */
function saturated(ink) {
  const palest = Math.fround(PALEST * greatest(ink.data));
  const usual = Math.fround(Math.max(quantile(ink.data.filter((value) => value > palest), 0.75), 1e-6));
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
  const reach = Math.max(2, Math.floor(Math.max(mask.width, mask.height) / 4));
  const distances = distanceTo(mapped(sheet, (inside) => 1 - inside), reach).data.filter((_, i) => sheet.data[i]);
  return 4 * (Math.fround(distances.reduce((sum, distance) => sum + distance, 0) / distances.length) - 0.5);
}

/** Ink with its strokes ``by`` pixels wider on each side (narrower if negative), on a wider sheet. */
function widened(ink, by) {
  const sheet = padded(ink, Math.trunc(Math.max(by, 0)) + 2);
  const mask = mapped(sheet, (value) => (value > 0.5 ? 1 : 0));
  const reach = Math.trunc(Math.abs(by)) + 3;
  const inner = distanceTo(mapped(mask, (inside) => 1 - inside), reach).data;
  const outer = distanceTo(mask, reach).data;
  const more = Math.fround(by + 0.5);
  return mapped(mask, (inside, i) => {
    const depth = Math.fround(inside ? inner[i] - 0.5 : 0.5 - outer[i]);
    return Math.min(Math.max(Math.fround(depth + more), 0), 1);
  });
}

/** Distance of each pixel's centre to the nearest of a mask, exact up to ``reach``: down the columns, then across. */
function distanceTo(mask, reach) {
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
    for (let dx = -Math.min(reach, x); dx <= Math.min(reach, width - 1 - x); dx++) {
      nearest = Math.min(nearest, down[i + dx] ** 2 + dx ** 2);
    }
    result.data[i] = Math.sqrt(nearest);
  }
  return result;
}
