// The answer, a bar for each output, and the pixels that the network sees.

import {drawInk, element, named} from "./elements.mjs";
import {inWords, nameOf, network} from "./reading.mjs";

const rows = Array.from({length: network.sizes.at(-1)}, (_, digit) => {
  const bar = element("span", {className: "bar"});
  const figure = element("data");
  const track = element("span", {className: "track"}, bar);
  const row = element("li", {}, element("span", {textContent: nameOf(digit)}), track, figure);
  named("answers").append(row);
  return {row, bar, figure};
});

export function showAnswers({isBlank, pixels, outputs, best, answer, reason, isSeveral}) {
  drawInk(named("seen"), pixels);
  rows.forEach(({row, bar, figure}, digit) => {
    row.classList.toggle("top", !isBlank && !reason && digit === best);
    bar.style.transform = `scaleX(${isBlank ? 0 : Math.min(Math.max(outputs[digit], 0), 1)})`;
    figure.value = isBlank ? "" : outputs[digit];
    figure.textContent = isBlank ? "" : inWords(outputs[digit]);
  });
  named("digit").textContent = answer;
  named("digit").classList.toggle("close", answer.length > 2);
  named("sure").textContent = isBlank ? "" : isSeveral ? "several digits" : reason ? "unsure" : inWords(outputs[best]);
}
