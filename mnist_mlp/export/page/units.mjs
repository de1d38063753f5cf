// The hidden units: a square for each, which can be chosen and switched off.

import {columnsFor, counted, element, named} from "./elements.mjs";
import {greatest} from "./image.mjs";
import {mayBeNegative} from "./network.mjs";
import {network} from "./reading.mjs";

const MOST_UNITS = 256; // of a layer that are shown

/** For each hidden layer, the units that are switched off. */
export const off = network.sizes.slice(1, -1).map(() => new Set());

/** The unit whose weights are shown: until a person chooses one, the strongest of the first layer. */
export const chosen = {layer: 0, unit: 0, byPerson: false};

const layers = network.sizes.slice(1, -1).map((units, l) => {
  const cells = Array.from({length: Math.min(units, MOST_UNITS)}, (_, i) =>
    element("i", {id: `unit-${l}-${i}`, role: "option"}),
  );
  const title = element("h3");
  const grid = element("div", {className: "units", role: "listbox", tabIndex: 0}, ...cells);
  const columns = columnsFor(cells.length);
  grid.style.setProperty("--columns", columns);
  named("layers").append(element("div", {className: "layer"}, title, grid));
  return {name: `Hidden layer ${l + 1}`, units, cells, title, grid, columns};
});

/** Call ``changed`` whenever a person chooses a unit or switches one. */
export function startUnits(changed) {
  named("inside").hidden = !layers.length;
  named("hollow").hidden = !network.activations.some(mayBeNegative);
  if (!layers.length) return;
  const choose = (layer, unit) => {
    Object.assign(chosen, {layer, unit, byPerson: true});
    changed();
  };
  const toggle = () => {
    const units = off[chosen.layer];
    if (!units.delete(chosen.unit)) units.add(chosen.unit);
    choose(chosen.layer, chosen.unit);
  };
  layers.forEach(({cells, grid, columns}, l) => {
    const moves = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns};
    grid.addEventListener("click", ({target}) => cells.includes(target) && choose(l, cells.indexOf(target)));
    grid.addEventListener("keydown", (event) => {
      const isHere = chosen.layer === l;
      if (moves[event.key]) {
        choose(l, isHere ? Math.min(Math.max(chosen.unit + moves[event.key], 0), cells.length - 1) : 0);
      } else if (isHere && event.key === " ") {
        toggle();
      } else return;
      event.preventDefault();
    });
  });
  named("off").addEventListener("change", toggle);
  named("all-on").addEventListener("click", () => {
    off.forEach((units) => units.clear());
    changed();
  });
}

export function showUnits({isBlank, hidden}) {
  if (layers.length && !chosen.byPerson) chosen.unit = strongest(hidden[0].a.subarray(0, MOST_UNITS));
  layers.forEach((layer, l) => showLayer(layer, l, hidden[l], isBlank));
  const count = off.reduce((sum, units) => sum + units.size, 0);
  named("count-off").textContent = count ? `${counted(count, "unit")} switched off.` : "";
  named("all-on").hidden = !count;
}

const strongest = (activations) => activations.indexOf(greatest(activations));

function showLayer({name, units, cells, title, grid}, l, {z, a}, isBlank) {
  const most = greatest(a.map(Math.abs)) || 1;
  cells.forEach((cell, i) => {
    const isOff = off[l].has(i);
    const isChosen = chosen.layer === l && chosen.unit === i;
    cell.style.setProperty("--size", isBlank ? 0 : Math.sqrt(Math.abs(a[i]) / most));
    cell.className = [a[i] < 0 && "below", isOff && "off", isChosen && "chosen"].filter(Boolean).join(" ");
    cell.ariaSelected = isChosen;
    cell.ariaLabel = `unit ${i}, ${isOff ? "switched off" : `activation ${a[i].toFixed(2)}`}`;
    if (isChosen) grid.setAttribute("aria-activedescendant", cell.id);
  });
  if (chosen.layer !== l) grid.removeAttribute("aria-activedescendant");
  const part = cells.length < units ? `; the first ${cells.length} are shown` : "";
  const fire = isBlank ? `${units} units` : `${z.filter((value) => value > 0).length} of ${units} units fire`;
  title.textContent = `${name}: ${fire}${part}`;
  grid.ariaLabel = title.textContent;
}
