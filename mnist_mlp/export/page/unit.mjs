// The chosen unit: its input weights, its activation, and the weights with which it acts on the next layer.

import {SIDE} from "./data.mjs";
import {columnsFor, decimals, drawPixels, element, named} from "./elements.mjs";
import {greatest, quantile} from "./image.mjs";
import {nameOf, network} from "./reading.mjs";
import {chosen, off} from "./units.mjs";

const SCALE = 0.99; // quantile of |weight| that gets the strongest colour: the largest would leave the others pale

// RdBu of ColorBrewer (Brewer 2002), which colour-blind people can read: negative is blue, positive red
const DIVERGING = [[33, 102, 172], [146, 197, 222], [247, 247, 247], [244, 165, 130], [178, 24, 43]];

/** The colour of a number from -1 to 1; what lies outside gets the colour of the end. */
function diverging(share) {
  const place = Math.min(Math.max(2 * (share + 1), 0), 4);
  const at = Math.min(Math.floor(place), 3);
  return DIVERGING[at].map((low, channel) => low + (place - at) * (DIVERGING[at + 1][channel] - low));
}

export function showUnit({hidden}) {
  if (!hidden.length) return;
  const {layer: l, unit} = chosen;
  const {nIn, nOut, W, b} = network.layers[l];
  const isOff = off[l].has(unit);
  named("unit-title").textContent = `Unit ${unit} of hidden layer ${l + 1}`;
  const {z, a} = hidden[l];
  const [bias, sum, activation] = [b[unit], z[unit], a[unit]].map((value) => decimals(value, 3));
  const result = isOff ? "0, because the unit is switched off" : `${network.activations[l]} of this, ${activation}`;
  named("unit-words").textContent =
    `Weighted sum of its inputs plus its bias (${bias}): ${sum}. Activation: ${result}.`;
  named("off").checked = isOff;
  showIncoming(Float64Array.from({length: nIn}, (_, i) => W[i * nOut + unit]), l === 0 ? SIDE : columnsFor(nIn));
  const next = network.layers[l + 1];
  showOutgoing(next.W.subarray(unit * next.nOut, (unit + 1) * next.nOut), l + 2 === network.layers.length);
}

/** The size of weights that gets the strongest colour. */
const limitOf = (weights) => quantile(Float64Array.from(weights, Math.abs), SCALE) || 1;

function showIncoming(weights, columns) {
  const limit = limitOf(weights);
  drawPixels(named("weights"), weights, columns, (weight) => diverging(weight / limit));
  named("least").textContent = decimals(-limit, 2);
  named("most").textContent = decimals(limit, 2);
  const from = chosen.layer ? `the units of hidden layer ${chosen.layer}` : "the pixels";
  named("incoming-words").textContent = `Input weights, from ${from}`;
}

/** The outgoing weights: a bar for each output, or a picture for the units of another hidden layer. */
function showOutgoing(weights, toOutputs) {
  named("outgoing").hidden = !toOutputs;
  named("outgoing-picture").hidden = toOutputs;
  if (!toOutputs) {
    const limit = limitOf(weights);
    drawPixels(named("outgoing-picture"), weights, columnsFor(weights.length), (weight) => diverging(weight / limit));
    const scale = `${decimals(-limit, 2)} to ${decimals(limit, 2)}`;
    named("outgoing-words").textContent = `Output weights, to the next hidden layer (${scale})`;
    return;
  }
  named("outgoing-words").textContent = "Output weights, to the outputs";
  const limit = greatest(weights.map(Math.abs)) || 1;
  const rows = Array.from(weights, (weight, digit) => {
    const bar = element("span", {className: weight < 0 ? "negative" : "positive"});
    bar.style.setProperty("--length", Math.abs(weight) / limit);
    const track = element("span", {className: "two-sided"}, bar);
    return element("li", {}, element("span", {textContent: nameOf(digit)}), track, element("data", {
      value: weight, textContent: decimals(weight, 2),
    }));
  });
  named("outgoing").replaceChildren(...rows);
}
