"""Read a page: the stages of this room, one after the other."""

import numpy as np

from mnist_mlp.errors import DataError, check_not_empty
from mnist_mlp.inference.reader import Reading, Weights, state_of
from mnist_mlp.pages.acceptance import threshold
from mnist_mlp.pages.orientation import best_view
from mnist_mlp.pages.page import Digit, Line, Page
from mnist_mlp.pictures.decode import Source, decode_grey


VERB=False
def read_page(source: Source, checkpoint: Weights = "pretrained", *, name: str | None = None, debug=False) -> Page:
    """Read every digit."""
    check_not_empty(source, "picture", DataError)
    state = state_of(checkpoint)
    model = state.inference_model
    grey, _ = decode_grey(source, name or str(source), whole=True)
    kind = "probabilities" if model.loss.gives_probabilities else "scores"
    v = best_view(grey, model, rejects=state.rejects)
    if v is None: return Page((),'nothing',0, grey.shape[::-1])
    d, turn, (lines, good) = v
    if debug: return good, turn, lines, d
    if VERB:
        L=np.array([c.log_odds for l in lines for c in l])
        print('   cost %.2f evid %.1f n %d L<0 %.2f med %.2f turn %d T %.2f'%(good, v.found.evidence, len(L), (L<0).mean(), np.median(L), turn, threshold([c for l in lines for c in l])))
    T = threshold([c for l in lines for c in l])
    if good > 1.7: lines = []
    res = []
    for l in lines:
        ds = [Digit(Reading(c.picture, c.outputs, kind, None), tuple(c.piece.box)) for c in l if c.log_odds <= T]
        if ds: res.append(Line((tuple(ds),)))
    return Page(tuple(res), None if res else "no digit", 90 * turn, grey.shape[::-1])
