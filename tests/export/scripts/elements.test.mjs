// Tests of the numbers and grids of the page for node's test runner.

import assert from "node:assert/strict";
import test from "node:test";

import {page} from "./records.mjs";

const {columnsFor, counted, decimals} = await page("elements");
const {exponentials, sumOf} = await page("network");

test("rows of units are full if the number has a divisor near twice that of the rows", () => {
  assert.deepEqual([128, 32, 300, 20, 2, 1].map(columnsFor), [16, 8, 25, 5, 2, 1]);
});

test("the last row of a prime number of units is not full", () => {
  assert.deepEqual([13, 97].map(columnsFor), [6, 14]);
});

test("numbers below zero have a minus sign, and zero has none", () => {
  assert.deepEqual([-1.25, -0.001, 0.001, 2].map((number) => decimals(number, 2)), ["−1.25", "0.00", "0.00", "2.00"]);
});

test("one thing has no plural", () => {
  assert.deepEqual([0, 1, 2].map((n) => counted(n, "unit")), ["0 units", "1 unit", "2 units"]);
});

test("exponentials of large numbers do not overflow", () => {
  assert.deepEqual(exponentials([1e4, -1e4, 1e4]), [1, 0, 1]);
  assert.equal(sumOf(exponentials([1e4, -1e4, 1e4])), 2);
});
