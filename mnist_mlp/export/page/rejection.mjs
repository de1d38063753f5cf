// Rejection: whether a picture shows no digit, as mnist_mlp/inference/rejection.py decides it.

import {REJECTION} from "./data.mjs";
import {forward, readRounded} from "./network.mjs";

const rejection = REJECTION && {...REJECTION, network: readRounded(REJECTION.network)};

/** Why a picture is rejected; null if it shows a digit, or the network does not reject. */
export function reasonToReject({pixels, features}) {
  if (!rejection || (!features.separate && logOdds(pixels, features) <= rejection.threshold)) return null;
  if (isSeveral(features)) return rejection.several.replace("{}", 1 + features.separate + features.adjacent);
  const above = rejection.above.find(([name, bound]) => features[name] > bound);
  const below = rejection.below.find(([name, bound]) => features[name] < bound);
  return (above ?? below)?.[2] ?? rejection.otherwise;
}

/** Whether other things are drawn beside the digit. */
export const isSeveral = ({separate, adjacent}) => separate + adjacent > 0;

/** The log-odds that a picture shows no digit. */
function logOdds(pixels, features) {
  const {bias, weights, least, largest, most, network} = rejection;
  const {z} = forward(network, pixels);
  const values = {network: clipped((z[1] - z[0]) / network.temperature, largest)};
  for (const [name, value] of Object.entries(features)) {
    if (name === "separate") continue;
    values[name] = value;
    values[`log ${name}`] = Math.log(Math.max(value, least));
  }
  const standardised = (name) => clipped((values[name] - weights[name][0]) / weights[name][1], most);
  const fromPixels = standardised("network");
  return Object.entries(weights).reduce(
    (sum, [name, [, , weight, product]]) => sum + (weight + product * fromPixels) * standardised(name), bias);
}

/** The number, bounded to ±bound. */
function clipped(number, bound) {
  return Math.min(Math.max(number, -bound), bound);
}
