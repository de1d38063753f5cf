// The digit's ink in a picture: what stands out from the paper, and of that the dominant group of strokes. On clean
// paper the same as by mnist_mlp/pictures/find.py and strokes.py; uneven light, rules and frames are not taken away.

const FAINT = 12; // of 255: less contrast than this is no drawing
const STROKE = 0.4; // share of the full ink level above which a pixel belongs to a stroke
const HAZE = 0.05; // share of the full ink level that paper may still have

/** Ink from 0 to 1, cropped to the digit's strokes; null if nothing is drawn. */
function find(grey) {
  const paper = quantile(border(grey), 0.5);
  const marks = boundingBox(grey, (level) => Math.abs(level - paper) >= STROKE * FAINT);
  if (!marks.bottom) return null;
  const strength = mapped(cropped(grey, withRim(marks, grey)), (level) => Math.abs(level - paper));
  const full = fullLevel(strength.data, grey.data.length);
  if (full < FAINT) return null;
  const digit = dominantGroup(mapped(strength, (s) => (s >= STROKE * full ? 1 : 0)), strength);
  const box = boundingBox(digit);
  return inkOf(cropped(strength, box), cropped(digit, box));
}

/** The levels of the outermost pixels. */
function border({width, height, data}) {
  const levels = [];
  for (let y = 0; y < height; y++) {
    const step = y === 0 || y === height - 1 ? 1 : Math.max(width - 1, 1);
    for (let x = 0; x < width; x += step) levels.push(data[y * width + x]);
  }
  return Float32Array.from(levels);
}

/** A box one pixel wider on each side where the picture goes on: what is farther off need not be looked at. */
function withRim(box, {width, height}) {
  return {
    top: Math.max(box.top - 1, 0),
    bottom: Math.min(box.bottom + 1, height),
    left: Math.max(box.left - 1, 0),
    right: Math.min(box.right + 1, width),
  };
}

/** The level of full ink among so many pixels: that of the strongest few, not of one hot one; 0 if none stand out. */
function fullLevel(strength, pixels) {
  const few = Math.min(pixels, 8 + Math.floor(pixels / 5000));
  return strength.filter((s) => s >= FAINT).sort().at(-few) ?? 0;
}

/** Ink is 1 where strokes are as strong as usual; only they and their soft edges are left. */
function inkOf(strength, digit) {
  const full = quantile(strength.data.filter((_, i) => digit.data[i]), 0.75);
  const haze = Math.fround(HAZE * full);
  const range = Math.fround(Math.max(full - HAZE * full, 1));
  const soft = grown(digit);
  return mapped(strength, (s, i) => (soft.data[i] ? Math.min(Math.max(Math.fround(s - haze) / range, 0), 1) : 0));
}

/** A mask with a rim of a sixteenth of its size, so that strokes keep their soft edges. */
function grown(mask) {
  const rim = Math.max(1, Math.floor(Math.max(mask.width, mask.height) / 16));
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

const longestSide = (box) => Math.max(box.bottom - box.top, box.right - box.left);

const SPECK = 0.04; // parts with less than this share of the main part's weight are dirt
const CUT = 0.3; // what a part counts for that the picture's border cuts
const LYING = 0.5; // of its size: a part that lies on the border for so long is the digit's surroundings
const LITTLE = 0.02; // what those count for
const FRAME = 0.001; // what a line around other parts counts for
const REACH = 0.25; // of the group's longest side: how far off a part may be that still belongs to it
const PALE = 0.5; // of the main part's strength: paler parts are not of the same pen

/** The strokes of the digit alone: the part of most weight, and what is near it and as strong. */
function dominantGroup(stroke, strength) {
  const {labels, parts} = connectedParts(stroke, strength);
  for (const part of parts) {
    part.size = longestSide(part);
    part.width = Math.max(1, (2 * part.area) / Math.max(part.rim, 1));
    part.strength = part.ink / part.area;
    part.weight = (part.area / part.width) * part.strength ** 2 * within(part);
  }
  for (const frame of frames(parts, stroke)) frame.weight *= FRAME;
  const main = parts.reduce((best, part) => (part.weight > best.weight ? part : best));
  const eligible = parts.filter(
    (part) => part.weight >= SPECK * main.weight && part.strength >= PALE * main.strength && part !== main,
  );
  const members = new Set([main]);
  for (;;) {
    const reach = REACH * extent(members);
    const near = eligible.filter((part) => !members.has(part) && gap(part, members) <= reach);
    if (!near.length) return mapped(labels, (label) => (label && members.has(parts[label - 1]) ? 1 : 0));
    near.forEach((part) => members.add(part));
  }
}

/** What a part counts for: 1 if it is inside of the picture, little if it lies along the border. */
function within(part) {
  const lying = Math.min(1, part.cut / (LYING * part.size));
  return (part.cut ? CUT : 1) * (1 - (1 - LITTLE) * lying);
}

/** The parts that are thin and run around another of some weight: boxes around a digit. */
function frames(parts, {width, height}) {
  const most = greatest(parts.map((part) => part.ink));
  return parts.filter(
    (frame) =>
      frame.ink >= 0.1 * most &&
      frame.width <= 0.1 * frame.size &&
      parts.some(
        (part) =>
          (part.top > frame.top || frame.top === 0) &&
          (part.bottom < frame.bottom || frame.bottom === height) &&
          (part.left > frame.left || frame.left === 0) &&
          (part.right < frame.right || frame.right === width) &&
          part.ink >= 0.1 * frame.ink &&
          part.size >= 0.25 * frame.size &&
          part.size <= 0.95 * frame.size,
      ),
  );
}

/** The longest side of the box around some parts. */
function extent(members) {
  const all = [...members];
  const height = Math.max(...all.map((part) => part.bottom)) - Math.min(...all.map((part) => part.top));
  return Math.max(height, Math.max(...all.map((part) => part.right)) - Math.min(...all.map((part) => part.left)));
}

/** How far a part's box is from the nearest box of the members. */
function gap(part, members) {
  const apart = (low, high, other) => Math.max(0, part[low] - other[high], other[low] - part[high]);
  const away = (other) => Math.hypot(apart("left", "right", other), apart("top", "bottom", other));
  return Math.min(...[...members].map(away));
}

/** The number of each pixel's part, from 1, neighbours by side or corner; and what there is to know of the parts. */
function connectedParts(stroke, strength) {
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
