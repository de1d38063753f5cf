"""The segmentation graph: which pieces of a line are one digit (LeCun et al. 1998, section VII).

Its nodes are the places between the pieces of a line, its arcs are candidates: one piece, or a few that follow one
another. The reading of the line is the path of least cost from the first node to the last (Viterbi).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mnist_mlp.pages.candidates import Candidate
from mnist_mlp.pages.cuts import cut_up
from mnist_mlp.pages.pieces import Piece, joined

WIDE = 0.6  # least width of a character that is cut, in its heights: a narrower one is a single digit
LOW = 0.5  # least height of a character that is cut, in the line's typical heights
WIDEST = 1.3  # largest width of a digit of several pieces, in heights
APART = 0.15  # largest gap between characters that may be one digit, in the line's typical heights
MOST_PIECES = 9  # of a character that has been cut
MOST_JOINED = 3  # characters that may be one digit
# Costs, in -log of a probability, of a cut and of joining two characters
CUT_COST, JOIN_COST = 1.0, 0.6
LOW_COST = 2.0  # cost of a part of a character that is as low as a dash
WIDE_COST, USUAL_WIDTH = 3.0, 0.9  # cost of a digit that is wider than usual by its height, and what is usual

Arc = tuple[int, int]  # first piece, and the one after the last


class Graph(NamedTuple):
    """The pieces of a line, the character that each is a part of, and the candidates."""

    pieces: list[Piece]
    owner: list[int]
    arcs: dict[Arc, Piece]
    height: float  # median of the characters' heights
    ink: float  # median of the characters' ink, in pixels


def graph_of(characters: Sequence[Piece]) -> Graph:
    """Return the graph of a line of characters, from left to right."""
    height = float(np.median([piece.height for piece in characters]))
    pieces: list[Piece] = []
    owner: list[int] = []
    for number, piece in enumerate(characters):
        wide = piece.width > WIDE * piece.height and piece.height > LOW * height and piece.width > LOW * height
        parts = cut_up(piece) if wide else [piece]
        pieces += parts
        owner += [number] * len(parts)
    arcs: dict[Arc, Piece] = {}
    for first in range(len(pieces)):
        for end in range(first + 1, min(len(pieces), first + MOST_PIECES) + 1):
            if _is_far(pieces, owner, first, end, height):
                break
            piece = joined(pieces[first:end])
            whole = piece.box == characters[owner[first]].box
            if end == first + 1 or whole or piece.width <= WIDEST * max(height, piece.height):
                arcs[first, end] = piece
    return Graph(pieces, owner, arcs, height, float(np.median([piece.mask.sum() for piece in characters])))


def _is_far(pieces: Sequence[Piece], owner: Sequence[int], first: int, end: int, height: float) -> bool:
    """Return whether the last of some pieces belongs to another character than the one before and is far from it."""
    if end == first + 1 or owner[end - 2] == owner[end - 1]:
        return False
    gap = pieces[end - 1].box[2] - pieces[end - 2].box[3]
    return gap > APART * height or owner[end - 1] - owner[first] >= MOST_JOINED


def read_graph(graph: Graph, found: Mapping[Arc, Candidate]) -> tuple[list[Candidate], list[float]]:
    """Return the candidates on the best path, and the cost of each.

    The cost of a candidate is weighted by its ink, half and half with 1, so that paths of few and of many candidates
    compare; cuts and joins add to it.
    """
    owner, last = graph.owner, len(graph.owner) - 1
    found = {arc: replace(each, sign=each.sign and _is_whole(owner, arc)) for arc, each in found.items()}
    signs = [arc for arc, candidate in found.items() if candidate.sign]
    costs: dict[Arc, float] = {}
    for (first, end), candidate in found.items():
        if any(first < stop and start < end and (start, stop) != (first, end) for start, stop in signs):
            continue  # a part of a sign
        weight = (1 + float(candidate.piece.mask.sum()) / graph.ink) / 2
        cuts = sum(0 <= k < last and owner[k] == owner[k + 1] for k in (first - 1, end - 1))
        joins = owner[end - 1] - owner[first]
        low = max(0.0, 1 - candidate.piece.height / graph.height) if cuts else 0.0
        wide = max(0.0, candidate.piece.width / max(candidate.piece.height, graph.height) - USUAL_WIDTH)
        shape = LOW_COST * low + WIDE_COST * wide
        costs[first, end] = weight * candidate.cost + CUT_COST / 2 * cuts + JOIN_COST * joins + shape
    path = best_path(len(owner), costs)
    return [found[arc] for arc in path], [costs[arc] for arc in path]


def _is_whole(owner: Sequence[int], arc: Arc) -> bool:
    """Return whether an arc is one character with all its pieces."""
    first, end = arc
    return owner[first:end] == [k for k in owner if k == owner[first]]


def best_path(count: int, costs: Mapping[Arc, float]) -> list[Arc]:
    """Return the arcs of the path of least total cost through ``count`` pieces; each piece alone is an arc.

    cost[j] = min over arcs (i, j) of  cost[i] + costs[i, j]
    """
    cost = [0.0] + [float("inf")] * count
    start = [0] * (count + 1)
    for (first, end), own in sorted(costs.items()):
        if cost[first] + own < cost[end]:
            cost[end], start[end] = cost[first] + own, first
    path: list[Arc] = []
    end = count
    while end:
        path.append((start[end], end))
        end = start[end]
    return path[::-1]
