// Pictures that are opened, dropped or pasted, and the examples.

import {ABOUT, bytesOf, CONSTANTS, SIDE} from "./data.mjs";
import {drawInk, element, named} from "./elements.mjs";
import {image} from "./image.mjs";
import {prepare} from "./normalise.mjs";
import {drawnOn, greyOf, put} from "./paper.mjs";

const {VIEW} = CONSTANTS;

/** Call ``changed`` when a picture is on the paper, and ``say`` if a file is none. */
export function startPictures({changed, say}) {
  let newest = null; // the file that was opened last: an older one may take longer to decode
  const open = async (file) => {
    if (!file) return;
    newest = file;
    const name = file.name || "picture";
    let bitmap;
    try {
      bitmap = await createImageBitmap(file, {colorSpaceConversion: "none"});
    } catch {
      if (file === newest) say(`${name}: not a picture that this browser can read.`);
      return;
    }
    if (file !== newest) return;
    put(bitmap, name, preparedOn("#fff", bitmap) ?? preparedOn("#000", bitmap));
    changed();
  };
  const chooser = named("file");
  chooser.addEventListener("change", () => {
    open(chooser.files[0]);
    chooser.value = ""; // so that the same file can be chosen again
  });
  named("open").addEventListener("click", () => chooser.click());
  document.addEventListener("paste", (event) => open(event.clipboardData.files[0]));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget ?? document.body.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("over");
    open(event.dataTransfer.files[0]);
  });
  ABOUT.examples.forEach((example, digit) => named("examples").append(exampleButton(example, digit, changed)));
  named("start").hidden = !ABOUT.examples.length;
}

/** A picture, no larger than VIEW and prepared; null if nothing is drawn on it. */
function preparedOn(background, bitmap) {
  const scale = Math.min(1, VIEW / Math.max(bitmap.width, bitmap.height));
  const sides = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  return prepare(greyOf(drawnOn(background, bitmap, ...sides)));
}

/** A button that puts a test digit on the paper, dark on white, so that a person can change it. */
function exampleButton(example, digit, changed) {
  const pixels = bytesOf(example);
  const canvas = element("canvas", {ariaHidden: "true"});
  drawInk(canvas, pixels);
  const button = element("button", {type: "button", ariaLabel: `Start from the digit ${digit}`}, canvas);
  button.addEventListener("click", () => {
    put(canvas, `Test digit ${digit}`, prepare(image(SIDE, SIDE, pixels)), true);
    changed();
  });
  return button;
}
