// The network: z[l] = a[l-1] W[l] + b[l], a[l] = phi[l](z[l]), a[0] = pixels / 255; its outputs are
// output(z[L] / temperature).

import {bytesOf} from "./data.mjs";
import {greatest} from "./image.mjs";

const sigmoid = (z) => 1 / (1 + Math.exp(-z));

const ACTIVATIONS = {
  identity: (z) => z,
  relu: (z) => Math.max(z, 0),
  tanh: Math.tanh,
  sigmoid,
  softplus: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
};

/** Whether the activations of a hidden layer may be below zero. */
export const mayBeNegative = (activation) => ["identity", "tanh"].includes(activation);

/** The numerators of softmax, exp(s - max): the largest is 1, so that none overflows. */
export function exponentials(s) {
  const most = greatest(s);
  return s.map((value) => Math.exp(value - most));
}

export const sumOf = (values) => values.reduce((sum, value) => sum + value, 0);

const OUTPUTS = {
  softmax(s) {
    const numerators = exponentials(s);
    const total = sumOf(numerators);
    return numerators.map((numerator) => numerator / total);
  },
  sigmoid: (z) => z.map(sigmoid),
  tanh: (z) => z.map(Math.tanh),
  identity: (z) => z,
};

/** The layers, as views of one vector that holds all W first, then all b. */
export function readNetwork({sizes, bias, theta, dtype, ...rest}) {
  const {buffer} = bytesOf(theta);
  const flat = dtype === "float64" ? new Float64Array(buffer) : new Float32Array(buffer);
  let at = 0;
  const take = (n) => flat.subarray(at, (at += n));
  const layers = sizes.slice(1).map((nOut, l) => ({nIn: sizes[l], nOut, W: take(sizes[l] * nOut)}));
  for (const layer of layers) layer.b = bias ? take(layer.nOut) : new Float32Array(layer.nOut);
  return {sizes, layers, ...rest};
}

/** The layers of a network whose weights are codes of 12 bits, two in three bytes; see export/rounding.py. */
export function readRounded({sizes, layers, ...rest}) {
  const read = ({codes, scales, b}, l) => {
    const bytes = bytesOf(codes);
    const [nIn, nOut] = [sizes[l], sizes[l + 1]];
    const code = (i, at = 3 * (i >> 1)) =>
      i % 2 ? (bytes[at + 1] >> 4) | (bytes[at + 2] << 4) : bytes[at] | ((bytes[at + 1] & 15) << 8);
    const W = Float32Array.from({length: nIn * nOut}, (_, i) => (code(i) - 2048) * scales[i % nOut]);
    return {nIn, nOut, W, b};
  };
  return {sizes, layers: layers.map(read), ...rest};
}

/**
 * The outputs for pixels (0 to 255), the z and a of the hidden layers, and the inputs and z of the last layer.
 * off: for each hidden layer the units that are switched off; their activation is 0.
 */
export function forward({layers, activations, output, temperature}, pixels, off = []) {
  const hidden = [];
  let [inputs, last] = [null, null];
  let a = Float64Array.from(pixels, (level) => level / 255);
  layers.forEach((layer, l) => {
    const z = Float64Array.from(layer.b);
    a.forEach((value, i) => {
      if (value) for (let j = 0, row = i * layer.nOut; j < layer.nOut; j++) z[j] += value * layer.W[row + j];
    });
    const isHidden = l + 1 < layers.length;
    inputs = a;
    a = isHidden ? z.map(ACTIVATIONS[activations[l]]) : OUTPUTS[output](z.map((value) => value / temperature));
    for (const unit of (isHidden && off[l]) || []) a[unit] = 0;
    if (isHidden) hidden.push({z, a});
    last = z;
  });
  return {outputs: a, hidden, inputs, z: last};
}
