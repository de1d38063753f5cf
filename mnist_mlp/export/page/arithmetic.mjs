// The arithmetic of one output: z = sum of a[i] W[i] + b, then the output activation.

import {SIDE} from "./data.mjs";
import {counted, decimals, element, named} from "./elements.mjs";
import {exponentials, sumOf} from "./network.mjs";
import {nameOf, network} from "./reading.mjs";

const PLACES = 4; // decimals of all numbers

const number = (value) => decimals(value, PLACES);
const cell = (text) => element("td", {textContent: text});
const row = (name, ...numbers) =>
  element("tr", {}, element("th", {scope: "row", textContent: name}), ...numbers.map(cell));

let shown = null; // the reading of which the arithmetic is shown
let output = null; // the class that a person chose; null: the best guess

export function startArithmetic() {
  const option = (_, c) => element("option", {value: c, textContent: nameOf(c)});
  const options = Array.from({length: network.sizes.at(-1)}, option);
  named("output").append(...options);
  named("output").addEventListener("change", () => {
    output = Number(named("output").value);
    fill();
  });
  named("arithmetic").addEventListener("toggle", fill);
}

export function showArithmetic(reading) {
  shown = reading;
  fill();
}

/** Write all numbers, if they are to be seen. */
function fill() {
  if (!named("arithmetic").open || !shown) return;
  const c = output ?? shown.best;
  named("output").value = c;
  const total = fillProducts(c);
  fillSum(c, total);
  fillSoftmax(c);
}

/** The product of each input of the output layer that is not 0, the largest first, and their sum; return the sum. */
function fillProducts(c) {
  const {nOut, W} = network.layers.at(-1);
  const terms = Array.from(shown.inputs, (a, i) => ({i, a, weight: W[i * nOut + c], product: a * W[i * nOut + c]}));
  const some = terms.filter(({a}) => a !== 0).sort((s, t) => Math.abs(t.product) - Math.abs(s.product));
  const hasUnits = shown.hidden.length > 0;
  const name = (i) => (hasUnits ? `unit ${i}` : `pixel ${Math.floor(i / SIDE)}, ${i % SIDE}`);
  let sum = 0;
  const rows = some.map(({i, a, weight, product}) =>
    row(name(i), number(a), number(weight), number(product), number((sum += product))),
  );
  named("products").replaceChildren(...rows);
  const zeros = terms.length - some.length;
  const nothing = `${counted(zeros, hasUnits ? "unit" : "pixel")} with the value 0 ${zeros === 1 ? "adds" : "add"} nothing. `;
  named("zeros").textContent = `${zeros ? nothing : ""}The largest products are first.`;
  return sum;
}

function fillSum(c, sum) {
  const {b} = network.layers.at(-1);
  const {temperature} = network;
  const steps = [["Sum of the products", sum], ["Bias", b[c]], ["z, their sum", shown.z[c]]];
  if (temperature !== 1) {
    steps.push(["Temperature, which calibrates the probabilities", temperature]);
    steps.push(["z / temperature", shown.z[c] / temperature]);
  }
  if (!["softmax", "identity"].includes(network.output)) steps.push([`${network.output} of this`, shown.outputs[c]]);
  named("sum").replaceChildren(...steps.map(([name, value]) => row(name, number(value))));
}

/** Softmax compares the outputs: each exponential is divided by the sum of all. */
function fillSoftmax(c) {
  named("softmax").hidden = network.output !== "softmax";
  if (network.output !== "softmax") return;
  const scaled = Array.from(shown.z, (z) => z / network.temperature);
  const numerators = exponentials(scaled);
  const rows = scaled.map((z, digit) => {
    const made = row(nameOf(digit), number(z), number(numerators[digit]), number(shown.outputs[digit]));
    made.classList.toggle("top", digit === c);
    return made;
  });
  rows.push(row("sum", "", number(sumOf(numerators)), number(sumOf(shown.outputs))));
  named("shares").replaceChildren(...rows);
}
