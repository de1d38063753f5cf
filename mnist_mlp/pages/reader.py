"""Read a page: the stages of this room, one after the other."""

import math
from dataclasses import dataclass, replace
import numpy as np

from mnist_mlp.errors import DataError, check_not_empty
from mnist_mlp.inference.reader import Reading, Weights, state_of
from mnist_mlp.inference.rejection import parameters
from mnist_mlp.pages.candidates import Candidate, candidates
from mnist_mlp.pages.characters import TooManyError, characters
from mnist_mlp.pages.cuts import cut_up
from mnist_mlp.pages.page import Digit, Line, Page
from mnist_mlp.pages.pieces import Piece, joined
from mnist_mlp.pages.segmentation_graph import best_path
from mnist_mlp.pages.strokes import segmentations
from mnist_mlp.pages.text_lines import spaces, text_lines
from mnist_mlp.pictures.decode import UNNAMED, Source, decode_grey
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.training.state import TrainState

T0 = 3.0

def cost_of(c):
    # -log p(digit): p = sigmoid(-(log_odds - threshold)) * max output
    l = c.log_odds - T0
    bad = math.log1p(math.exp(min(l, 30)))
    return min(bad, 8.0) - math.log(max(float(c.outputs.max()), 1e-3))

MAXW = 1.3
CUTPEN = 0.6
JOINPEN = 0.6

def lines_of(drawing, model, rejects):
    chars = characters(drawing)
    if not chars: return []
    boxes = np.array([c.box for c in chars], float)
    out = []
    rows = text_lines(boxes)
    jobs = []
    for row in rows:
        H = float(np.median([chars[k].height for k in row]))
        pieces = []
        origin = []
        for k in row:
            c = chars[k]
            parts = cut_up(c) if c.width > 0.6 * c.height and c.width > .5*H and c.height > .5*H else [c]
            pieces += parts
            origin += [k] * len(parts)
        arcs = {}
        n = len(pieces)
        for i in range(n):
            for j in range(i + 1, min(n, i + 9) + 1):
                p = joined(pieces[i:j])
                whole = len(set(origin[i:j])) == 1 and (i == 0 or origin[i-1] != origin[i]) and (j == n or origin[j] != origin[j-1])
                if j > i + 1 and p.width > MAXW * max(H, p.height) and not whole: break
                # gap between separate characters
                if j > i + 1 and not whole:
                    if len(set(origin[i:j])) > 1:
                        gap = max(pieces[m+1].box[2] - pieces[m].box[3] for m in range(i, j-1) if origin[m] != origin[m+1])
                        if gap > .15 * H or j - i > 3: break
                arcs[i, j] = p
        jobs.append((row, H, pieces, origin, arcs))
    allp = [p for job in jobs for p in job[4].values()]
    if len(allp) > 6000: raise TooManyError
    cands = iter(candidates(drawing, allp, model, rejects=rejects))
    for row, H, pieces, origin, arcs in jobs:
        got = {a: next(cands) for a in arcs}
        ink = {a: p.mask.sum() for a, p in arcs.items()}
        unit = float(np.median([chars[k].mask.sum() for k in row]))
        costs = {}
        n = len(pieces)
        for (i, j), c in got.items():
            w = ink[i, j] / unit
            pen = 0.0
            if i > 0 and origin[i-1] == origin[i]: pen += CUTPEN / 2
            if j < n and origin[j] == origin[j-1]: pen += CUTPEN / 2
            pen += JOINPEN * (len(set(origin[i:j])) - 1)
            costs[i, j] = cost_of(c) * (0.5 + 0.5*w) + pen
        path = best_path(n, costs)
        out.append([got[a] for a in path])
    return out

def read_page(source: Source, checkpoint: Weights = "pretrained", *, name: str | None = None, debug=False) -> Page:
    """Read every digit."""
    check_not_empty(source, "picture", DataError)
    state = state_of(checkpoint)
    model = state.inference_model
    grey, _ = decode_grey(source, name or str(source), whole=True)
    kind = "probabilities" if model.loss.gives_probabilities else "scores"
    best = None
    for page in segmentations(grey):
        for turn in range(4):
            d = replace(page, grey=np.rot90(page.grey, turn), mask=np.rot90(page.mask, turn), strength=np.rot90(page.strength, turn))
            try: lines = lines_of(d, model, state.rejects)
            except TooManyError: break
            allc = [c for l in lines for c in l]
            good = float(np.mean([min(cost_of(c),4) for c in allc])) if allc else 9
            if best is None or good + .3 < best[0]: best = (good, turn, lines, d)
            if good < 1.0: break
        if best and best[0]<1: break
    if best is None: best = (9, 0, [], None)
    good, turn, lines, d = best
    if debug: return best
    thr = T0
    res = []
    for l in lines:
        ds = [Digit(Reading(c.picture, c.outputs, kind, None), tuple(c.piece.box)) for c in l if c.log_odds <= thr]
        if ds: res.append(Line((tuple(ds),)))
    return Page(tuple(res), None if res else "no digit", 90 * turn, grey.shape[::-1])
