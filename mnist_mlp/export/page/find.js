// The digit's ink in a picture: what stands out from the background, and of that the strokes of the digit. With an even
// background the same as mnist_mlp/pictures does; uneven light, ruled lines and boxes are not removed.

const {FAINT, STROKE, USUAL, HAZE, RIM, FEW, ONE_IN} = CONSTANTS;
const {LEAST_WEIGHT, LEAST_STRENGTH, MOST_DISTANCE, CUT_WEIGHT, SURROUNDINGS, NEGLIGIBLE} = CONSTANTS;
const {FRAME_WIDTH, FRAMED_SIZE, FRAME_STRIP, FRAME_ALONG, CIRCLE_ALONG, CIRCULAR, CIRCLED_SIZE} = CONSTANTS;
const {MOST_OVERLAP, LEAST_HEIGHT, LEAST_THING, LEAST_PEN, LEAST_INK, PALE} = CONSTANTS;
const {MOST_TOUCH, TOUCHING_HEIGHT, LEAST_LENGTH} = CONSTANTS;
const {SMALLER_LEAST, SMALLER_MOST, SMALLER_PEN, SMALLER_STRENGTH} = CONSTANTS;

/** Ink from 0 to 1, cropped to the digit's strokes, and their features; null if nothing is drawn. */
function find(grey) {
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

const longestSide = (box) => Math.max(box.bottom - box.top, box.right - box.left);

/** The strokes of the digit (the component of most weight, and those that are near it and as strong) and their features. */
function selectStrokes(stroke, strength) {
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

/** The group of a component: the eligible ones that are near it, or near one another. */
function group(first, eligible) {
  const members = new Set([first]);
  for (;;) {
    const reach = MOST_DISTANCE * extent(members);
    const near = eligible.filter((part) => !members.has(part) && gap(part, members) <= reach);
    if (!near.length) return members;
    near.forEach((part) => members.add(part));
  }
}

/** Whether a component is a digit smaller than the main one. */
function isSmaller(part, main) {
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

/** Whether the border of the picture does not cut a component more than a digit that ends there. */
function isTouching(part, main) {
  return (
    part.bottom - part.top >= TOUCHING_HEIGHT * (main.bottom - main.top) &&
    part.cut <= MOST_TOUCH * part.size &&
    part.area / part.width >= LEAST_LENGTH * part.size
  );
}

/** The groups of other components that could be digits, apart from the members' box. */
function things(eligible, members, main) {
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
function separateOf(strength, labels, parts, members, things) {
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
function featuresOf(parts, members, rest, main) {
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const counted = (part) => part.weight * part.width;
  const wide = (part) => part.right - part.left;
  const isBeside = (part) =>
    part !== main &&
    Math.min(part.right, main.right) - Math.max(part.left, main.left) <= MOST_OVERLAP * Math.min(wide(part), wide(main)) &&
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

/** The box around some components. */
function boxOf(members) {
  const all = [...members];
  return {
    top: Math.min(...all.map((part) => part.top)),
    bottom: Math.max(...all.map((part) => part.bottom)),
    left: Math.min(...all.map((part) => part.left)),
    right: Math.max(...all.map((part) => part.right)),
  };
}

const extent = (members) => longestSide(boxOf(members));

/** Whether two boxes share no pixel. */
const apart = (a, b) => a.top >= b.bottom || b.top >= a.bottom || a.left >= b.right || b.left >= a.right;

/** Distance of a component's box the nearest box of the members. */
function gap(part, members) {
  const between = (low, high, other) => Math.max(0, part[low] - other[high], other[low] - part[high]);
  const away = (other) => Math.hypot(between("left", "right", other), between("top", "bottom", other));
  return Math.min(...[...members].map(away));
}

/** The number of each pixel's component, from 1, neighbours by side or corner; and the components' measures. */
function connectedComponents(stroke, strength) {
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
