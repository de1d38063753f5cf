// Tests of the normalisation for node's test runner, with small pictures whose results are known.

import assert from "node:assert/strict";
import test from "node:test";

import {page} from "./records.mjs";

const {boundingBox, centreOfMass, cropped, image, quantile, rint, scaledTo, transposed} = await page("image");
const {strokeWidth, widened} = await page("distance");
const {connectedComponents} = await page("components");
const {find} = await page("find");
const {prepare} = await page("normalise");

/** A picture of strokes: dark rectangles [left, top, right, bottom] on paper. */
function drawn(side, rectangles, ink = 0, paper = 255) {
  const picture = image(side, side, new Uint8Array(side * side).fill(paper));
  for (const [left, top, right, bottom] of rectangles) {
    for (let y = top; y < bottom; y++) picture.data.fill(ink, y * side + left, y * side + right);
  }
  return picture;
}

const SEVEN = [[20, 20, 70, 30], [60, 20, 70, 90]];

test("halves are rounded to even numbers, as in Python", () => {
  assert.deepEqual([0.5, 1.5, 2.5, -0.5, 2.4, 2.6].map(rint), [0, 2, 2, -0, 2, 3]);
});

test("a quantile lies between two values", () => {
  assert.equal(quantile(Float32Array.of(4, 1, 2), 0.25), 1.5);
});

test("what a box cuts out is empty outside of the picture", () => {
  const part = cropped(image(2, 2, Float32Array.of(1, 2, 3, 4)), {top: 1, bottom: 3, left: -1, right: 1});
  assert.deepEqual([...part.data], [0, 3, 0, 0]);
});

test("a transposed picture has rows for columns", () => {
  const {width, height, data} = transposed(image(3, 1, Float32Array.of(1, 2, 3)));
  assert.deepEqual([width, height, ...data], [1, 3, 1, 2, 3]);
});

test("reduced pictures are means of their pixels", () => {
  assert.deepEqual([...scaledTo(image(4, 2, Float32Array.of(1, 0, 1, 1, 0, 1, 1, 1)), 2).data], [0.5, 1]);
});

test("the centre of mass is weighted by the ink", () => {
  assert.deepEqual(centreOfMass(image(2, 2, Float32Array.of(0, 0, 1, 3))), {x: 0.75, y: 1});
});

test("the width of a stroke is measured, and changed", () => {
  const bar = image(60, 20);
  for (let y = 6; y < 14; y++) bar.data.fill(1, y * 60 + 5, y * 60 + 55);
  assert.ok(Math.abs(strokeWidth(bar) - 8) < 1, `${strokeWidth(bar)}`);
  const {top, bottom} = boundingBox(widened(bar, 2), (value) => value > 0.5);
  assert.equal(bottom - top, 12);
});

test("pixels that touch at a corner are one component", () => {
  const mask = image(4, 2, Float32Array.of(1, 0, 0, 1, 0, 1, 0, 0));
  assert.deepEqual(connectedComponents(mask, mask).parts.map(({area}) => area), [2, 1]);
});

test("a drawing becomes 20 pixels long, with its centre of mass in the middle", () => {
  const {pixels} = prepare(drawn(100, SEVEN));
  const {top, bottom} = boundingBox(image(28, 28, pixels));
  assert.equal(bottom - top, 20);
  const {x, y} = centreOfMass(image(28, 28, pixels));
  assert.ok(Math.abs(x - 13.5) <= 1 && Math.abs(y - 13.5) <= 1, `${x} ${y}`);
});

test("place and polarity of a drawing do not change its pixels, and its size hardly", () => {
  const {pixels} = prepare(drawn(100, SEVEN));
  const moved = SEVEN.map(([left, top, right, bottom]) => [left + 9, top - 8, right + 9, bottom - 8]);
  for (const same of [drawn(100, moved), drawn(100, SEVEN, 255, 0)]) assert.deepEqual(prepare(same).pixels, pixels);
  const larger = prepare(drawn(200, SEVEN.map((rectangle) => rectangle.map((side) => 2 * side)))).pixels;
  const difference = larger.reduce((sum, level, i) => sum + Math.abs(level - pixels[i]), 0) / pixels.length;
  assert.ok(difference < 3, `${difference} levels`);
});

test("an empty paper shows nothing", () => {
  assert.equal(find(drawn(50, [])), null);
  assert.equal(prepare(drawn(28, [], 0, 128)), null);
});

test("two bars side by side are two things", () => {
  const {features} = prepare(drawn(100, [[20, 20, 30, 80], [70, 20, 80, 80]]));
  assert.equal(features.separate, 1);
});
