// The page: what is drawn or opened becomes 28x28 pixels, which the network reads, and all that it computes is shown.

import {showAnswers} from "./answers.mjs";
import {showArithmetic, startArithmetic} from "./arithmetic.mjs";
import {ABOUT} from "./data.mjs";
import {named} from "./elements.mjs";
import {onPaper, startPaper} from "./paper.mjs";
import {startPictures} from "./pictures.mjs";
import {network, read, sentence} from "./reading.mjs";
import {showUnit} from "./unit.mjs";
import {off, showUnits, startUnits} from "./units.mjs";

const KEYS = {c: "clear", escape: "clear", x: "off"}; // what a key clicks
const HINT = "Draw with mouse, finger or pen; or open, drop or paste a picture.";
let current = {name: "", picture: null}; // what is drawn or shown on the paper
let due = 0; // the animation frame in which the drawing will be read

const say = (words) => (named("status").textContent = words);

const capitalized = (words) => words[0].toUpperCase() + words.slice(1);

/** Read the picture and show everything; return the answer as words. */
function show() {
  const reading = read(current.picture, off);
  showAnswers(reading);
  showUnits(reading);
  showUnit(reading);
  showArithmetic(reading);
  const words = sentence(reading);
  return current.name ? `${current.name}: ${words ?? "nothing is drawn there."}` : capitalized(words ?? HINT);
}

function readPaper() {
  cancelAnimationFrame(due);
  due = 0;
  current = onPaper();
  say(show());
}

/** While a person draws, the answer is shown once in a frame, and not spoken. */
function readSoon() {
  due ||= requestAnimationFrame(() => {
    due = 0;
    current = onPaper();
    show();
  });
}

document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  const isCommand = event.ctrlKey || event.metaKey;
  if (event.altKey || event.target.closest("select")) return; // in which letters choose an option
  if (isCommand && !event.shiftKey && key === "z") {
    event.preventDefault();
    named("undo").click();
  }
  if (!isCommand) named(KEYS[key])?.click();
});

document.body.classList.toggle("named", ABOUT.names.length > 0);
named("sizes").textContent = network.sizes.join("-");
named("name").textContent = ABOUT.name && ` (${ABOUT.name})`;
named("accuracy").textContent = ABOUT.accuracy && ` It reads ${ABOUT.accuracy} correctly.`;
startPaper({drawn: readSoon, changed: readPaper});
startPictures({changed: readPaper, say});
startUnits(() => say(show()));
startArithmetic();
readPaper();
named("needs").hidden = true;
document.querySelector("main").hidden = false;
