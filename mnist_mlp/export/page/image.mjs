// Images are {width, height, data}, their pixels row by row as NumPy's. They are scaled as Pillow scales, bit for bit.

export const image = (width, height, data = new Float32Array(width * height)) => ({width, height, data});

/** A picture with each pixel changed. Loops, here and below: the arrays' own methods are several times slower. */
export function mapped({width, height, data}, change) {
  const changed = data.slice();
  for (let i = 0; i < data.length; i++) changed[i] = change(data[i], i);
  return image(width, height, changed);
}

export const greatest = (values) => values.reduce((most, value) => Math.max(most, value), -Infinity);

/** The nearest integer; of two that are equally near, the even one, as in Python and NumPy. */
export function rint(x) {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

/** The value below which a share of the values lies, interpolated between two of them. */
export function quantile(values, share) {
  const ordered = values.slice().sort();
  const place = share * (ordered.length - 1);
  const at = Math.floor(place);
  const high = ordered[Math.min(at + 1, ordered.length - 1)];
  return ordered[at] + (place - at) * (high - ordered[at]);
}

/** The box around the pixels that are ``inside``; its bottom and right are outside of it. */
export function boundingBox({width, height, data}, inside = (value) => value > 0) {
  const box = {top: height, bottom: 0, left: width, right: 0};
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) if (inside(data[i])) around(box, x, y);
  }
  return box;
}

/** Make a box large enough to hold a pixel. */
export function around(box, x, y) {
  if (y < box.top) box.top = y;
  if (y >= box.bottom) box.bottom = y + 1;
  if (x < box.left) box.left = x;
  if (x >= box.right) box.right = x + 1;
}

export const longestSide = (box) => Math.max(box.bottom - box.top, box.right - box.left);

/** What a box cuts out; outside of the picture it is empty. */
export function cropped(picture, {top, bottom, left, right}) {
  const part = image(right - left, bottom - top);
  for (let y = Math.max(top, 0); y < Math.min(bottom, picture.height); y++) {
    for (let x = Math.max(left, 0); x < Math.min(right, picture.width); x++) {
      part.data[(y - top) * part.width + x - left] = picture.data[y * picture.width + x];
    }
  }
  return part;
}

export const padded = (picture, rim) =>
  cropped(picture, {top: -rim, bottom: picture.height + rim, left: -rim, right: picture.width + rim});

const BOX = {reach: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0)};

const BICUBIC = {
  reach: 2,
  weight(x) {
    const d = Math.abs(x);
    if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
    return d < 2 ? (((d - 5) * d + 8) * d - 4) * -0.5 : 0;
  },
};

const resized = (picture, width, height, filter) =>
  transposed(resizedRows(transposed(resizedRows(picture, width, filter)), height, filter));

/** Each row resampled to another width: pixel i is the weighted mean of those within the filter's reach. */
function resizedRows(picture, width, filter) {
  if (width === picture.width) return picture;
  const scale = picture.width / width;
  const spread = Math.max(scale, 1);
  const reach = filter.reach * spread;
  const result = image(width, picture.height);
  for (let i = 0; i < width; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(picture.width, Math.trunc(centre + reach + 0.5));
    const raw = Array.from({length: end - first}, (_, k) => filter.weight((k + first - centre + 0.5) * (1 / spread)));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    const weights = Float64Array.from(raw, (weight) => weight / total);
    for (let y = 0; y < picture.height; y++) {
      const start = y * picture.width + first;
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * picture.data[start + k];
      result.data[y * width + i] = sum;
    }
  }
  return result;
}

export function transposed({width, height, data}) {
  const result = image(height, width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) result.data[x * height + y] = data[y * width + x];
  }
  return result;
}

/** Ink with its longest side so long: averaged down, or interpolated smoothly up. */
export function scaledTo(ink, longest) {
  const scale = longest / Math.max(ink.width, ink.height);
  const sides = [ink.width, ink.height].map((side) => Math.max(1, rint(side * scale)));
  return mapped(resized(ink, ...sides, scale < 1 ? BOX : BICUBIC), (value) => Math.min(Math.max(value, 0), 1));
}

/** The centre of mass of ink, counted from 0 at the middle of the first pixel. */
export function centreOfMass({width, data}) {
  let [mass, x, y] = [0, 0, 0];
  for (let i = 0; i < data.length; i++) {
    mass += data[i];
    x += data[i] * (i % width);
    y += data[i] * Math.floor(i / width);
  }
  return {x: x / mass, y: y / mass};
}
