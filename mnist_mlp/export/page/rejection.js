// Rejection: whether a picture shows no digit, as mnist_mlp/inference/rejection.py decides it.

const rejection = readRejection(JSON.parse(document.getElementById("rejection").textContent));

function readRejection(record) {
  return record && {...record, network: readNetwork(record.network)};
}

/** Why a picture is rejected; null if it shows a digit, or the network does not reject. */
function reasonToReject({pixels, features}) {
  if (!rejection || (!features.separate && logOdds(pixels, features) <= rejection.threshold)) return null;
  const others = features.separate + features.adjacent;
  if (others) return rejection.several.replace("{}", 1 + others);
  const above = rejection.above.find(([name, bound]) => features[name] > bound);
  const below = rejection.below.find(([name, bound]) => features[name] < bound);
  return (above ?? below)?.[2] ?? rejection.otherwise;
}

/** The log-odds that a picture shows no digit. */
function logOdds(pixels, features) {
  const {bias, weights, least, largest, network} = rejection;
  const {z} = ask(network, pixels);
  const values = {network: Math.min(Math.max((z[1] - z[0]) / network.temperature, -largest), largest)};
  for (const [name, value] of Object.entries(features)) {
    if (name === "separate") continue;
    values[name] = value;
    values[`log ${name}`] = Math.log(Math.max(value, least));
  }
  return Object.entries(weights).reduce((sum, [name, weight]) => sum + weight * values[name], bias);
}
