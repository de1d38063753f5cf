// Reads pictures, {width, height, data} on each line of standard input, and writes what the page makes of them.

import {createInterface} from "node:readline";

import {page} from "./records.mjs";

const {prepare} = await page("normalise");
const {read} = await page("reading");

for await (const line of createInterface({input: process.stdin})) {
  const {width, height, data, off = []} = JSON.parse(line);
  const picture = prepare({width, height, data: Uint8Array.from(data)});
  const {pixels, outputs, answer, reason} = read(picture, off);
  const features = picture?.features;
  console.log(JSON.stringify({pixels: [...pixels], outputs: [...outputs], features, answer, reason}));
}
