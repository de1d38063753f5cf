// What the network reads in a prepared picture: its outputs, and the answer, which is a class, "7 or 1?" or "?".

import {ABOUT, NETWORK, SIDE} from "./data.mjs";
import {forward, readNetwork} from "./network.mjs";
import {isSeveral, reasonToReject} from "./rejection.mjs";

/**
 * A call is close if the second output is at least this fraction of the largest: 113 of MNIST's 10,000 test digits, of
 * which 54 % are read correctly, and 92 % are one of the two.
 */
const CLOSE = 0.25;

/** The name of a class, which is its number if it has none. */
export const nameOf = (label) => ABOUT.names[label] ?? String(label);

export const network = readNetwork(NETWORK);

const givesProbabilities = ["softmax", "sigmoid"].includes(network.output);

/** Read a picture (null: nothing is drawn), with the units ``off`` switched off. */
export function read(picture, off) {
  const pixels = picture?.pixels ?? new Uint8Array(SIDE * SIDE);
  const {outputs, hidden, inputs, z} = forward(network, pixels, off);
  const [best, second] = Array.from(outputs.keys()).sort((a, b) => outputs[b] - outputs[a]);
  const reason = picture && reasonToReject(picture);
  const isClose = givesProbabilities && outputs[second] >= CLOSE * outputs[best];
  const guess = isClose ? `${nameOf(best)} or ${nameOf(second)}` : nameOf(best);
  const answer = !picture || reason ? "?" : isClose ? `${guess}?` : guess;
  return {
    isBlank: !picture, pixels, outputs, hidden, inputs, z, best, guess, answer, reason,
    isSeveral: Boolean(reason) && isSeveral(picture.features),
  };
}

export const inWords = (output) => (givesProbabilities ? `${(100 * output).toFixed(1)} %` : output.toFixed(3));

/** The answer as a sentence; null if nothing is drawn. */
export function sentence({isBlank, outputs, best, guess, reason}) {
  if (isBlank) return null;
  if (reason) return `unsure: ${reason} (best guess: ${nameOf(best)}).`;
  return `read as ${guess} (${givesProbabilities ? "" : "score "}${inWords(outputs[best])}).`;
}
