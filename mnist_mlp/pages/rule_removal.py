"""Remove the rules and squares of paper from the strength of the strokes, also if they are pale."""

from dataclasses import replace

import numpy as np

from mnist_mlp.pages.rules import SLACK, STRIPS, Rule, Segment, rows_of, rules, usual_in_strips
from mnist_mlp.pictures.drawing import FAINT, Drawing
from mnist_mlp.pictures.raster import SMALL, FloatImage, Mask, reduced
from mnist_mlp.pictures.straight_lines import RUN, run_lengths

COARSE = 640  # pixels: longest side of the reduced page in which rules are found
# Least strength of a rule's pixels, and the same in standard deviations of the noise
PALEST_RULE, RULE_NOISE = FAINT / 3, 2.5
NOISY = 2  # pixels by which noise makes a rule thicker
DARKER = 1.5  # least ratio of the strength of ink on a rule to that of the rule
HALFWAY = 0.5  # the same for a dark rule: least way from its strength to that of full ink


def remove_rules(drawing: Drawing) -> Drawing:
    """Set the strength along the rules of a page to 0, but for strokes that cross them or are darker."""
    if min(drawing.strength.shape) < SMALL:
        return drawing
    strength = drawing.strength
    levels = max(PALEST_RULE, RULE_NOISE * drawing.noise), float(drawing.peak)
    near = np.zeros(strength.shape, dtype=bool)
    for _ in range(2):
        strength, near = _without_rules(strength, near, levels)
        strength, near = strength.T, near.T
    return replace(drawing, strength=np.ascontiguousarray(strength))


def _without_rules(strength: FloatImage, crossed: Mask, levels: tuple[float, float]) -> tuple[FloatImage, Mask]:
    """Return the strength (h, w) without rules across, and what is near them.

    crossed: what is near those down. levels: the least strength of a rule, and that of full ink.
    """
    small, step = reduced(strength >= levels[0], COARSE)
    found = rules(small)
    half = (step - 1) / 2
    wide = [[Segment(s, row * step + half, fall * step) for s, row, fall in rule] for rule in found]
    return _erased(strength, crossed, levels, wide, SLACK * step)


def _erased(
    strength: FloatImage, crossed: Mask, levels: tuple[float, float], found: list[Rule], slack: int
) -> tuple[FloatImage, Mask]:
    """Return the strength (h, w) without the rules, and what is near them.

    A stroke that crosses a rule, or is darker, stays. Where two rules cross, their ink adds.
    """
    least, full = levels
    near, gone = np.zeros_like(crossed), np.zeros_like(crossed)
    if not found:
        return strength, near
    runs = run_lengths(strength >= least)
    columns = np.arange(strength.shape[1])
    middles = (np.arange(STRIPS) + 0.5) * strength.shape[1] / STRIPS
    for rule in found:
        thickest = usual_in_strips(runs[rows_of(rule, strength.shape, slack), columns].max(axis=0)).max()
        rows = rows_of(rule, strength.shape, slack + int(thickest / 2))
        own, run = strength[rows, columns], runs[rows, columns]
        thin = run <= np.interp(columns, middles, RUN * usual_in_strips(run.max(axis=0)) + NOISY)
        level = np.interp(columns, middles, usual_in_strips(np.where(thin, own, 0).max(axis=0)))
        darkest = np.minimum(DARKER * level, level + HALFWAY * (full - level)) + crossed[rows, columns] * level
        gone[rows, columns] |= thin & (own <= darkest + least)
        near[rows, columns] = True
    return np.where(gone, np.float32(0), strength), near
