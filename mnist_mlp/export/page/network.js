// The network: z[l] = a[l-1] W[l] + b[l], a[l] = phi[l](z[l]), a[0] = pixels / 255; it says output(z[L] / temperature).

const sigmoid = (z) => 1 / (1 + Math.exp(-z));

const ACTIVATIONS = {
  identity: (z) => z,
  relu: (z) => Math.max(z, 0),
  tanh: Math.tanh,
  sigmoid,
  softplus: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
};

const OUTPUTS = {
  softmax(z) {
    const most = greatest(z);
    const exponentials = z.map((value) => Math.exp(value - most));
    const total = exponentials.reduce((sum, e) => sum + e);
    return exponentials.map((e) => e / total);
  },
  sigmoid: (z) => z.map(sigmoid),
  tanh: (z) => z.map(Math.tanh),
  identity: (z) => z,
};

/** The layers, as views of one vector that holds all W first, then all b. */
function readNetwork({sizes, bias, theta, dtype, ...rest}) {
  const bytes = Uint8Array.from(atob(theta), (character) => character.charCodeAt(0));
  const flat = dtype === "float64" ? new Float64Array(bytes.buffer) : new Float32Array(bytes.buffer);
  let at = 0;
  const take = (n) => flat.subarray(at, (at += n));
  const layers = sizes.slice(1).map((nOut, l) => ({nIn: sizes[l], nOut, W: take(sizes[l] * nOut)}));
  for (const layer of layers) layer.b = bias ? take(layer.nOut) : new Float32Array(layer.nOut);
  return {sizes, layers, ...rest};
}

/** The outputs for pixels (0 to 255), the z and a of the hidden layers, and the last z. */
function ask({layers, activations, output, temperature}, pixels) {
  const hidden = [];
  let last;
  let a = Float64Array.from(pixels, (level) => level / 255);
  layers.forEach((layer, l) => {
    const z = Float64Array.from(layer.b);
    a.forEach((value, i) => {
      if (value) for (let j = 0, row = i * layer.nOut; j < layer.nOut; j++) z[j] += value * layer.W[row + j];
    });
    const isHidden = l + 1 < layers.length;
    a = isHidden ? z.map(ACTIVATIONS[activations[l]]) : OUTPUTS[output](z.map((value) => value / temperature));
    if (isHidden) hidden.push({z, a});
    last = z;
  });
  return {outputs: a, hidden, z: last};
}
