"""The segmentation graph: which parts of a line are one digit (LeCun et al. 1998, section VII).

Its nodes are the sides of the characters of a line and the cuts in them, its arcs are candidates: what is between two
nodes. A whole character may also be read as a pair, which is two candidates. The reading of the line is the path of
least cost from the first node to the last (Viterbi).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import isqrt
from typing import NamedTuple

import numpy as np

from mnist_mlp.nn.types import FloatArray
from mnist_mlp.pages.candidates import Candidate
from mnist_mlp.pages.cuts import MOST_CUTS, parts
from mnist_mlp.pages.pairs import pair_of
from mnist_mlp.pages.pieces import Piece, joined

CLEAR_COST = 0.05  # cost of a character below which it is a single digit and is not cut
LEAST_WIDTH = 0.5  # of a character that is cut, in its heights: a narrower one is a single digit
SMALL = 0.5  # least height and width of a character that is cut, in the line's typical heights
WIDEST = 1.3  # largest width of a candidate that is not a whole character, in heights
TALLEST = 1.5  # largest height of a digit of several characters, in heights of the tallest and of the line
APART = 0.15  # largest gap between characters that may be one digit, in the line's typical heights
MOST_PARTS = 500  # of all characters of a page, about; so that time is bounded
MOST_JOINED = 3  # characters that may be one digit
# Costs, in -log of a probability
REJECTION_WEIGHT = 0.4  # weight of the rejection's cost
JOIN_COST = 0.6  # for each character that is joined to the one before
LOW_COST = 2.0  # for each typical height that a part of a character is lower than the line
USUAL_WIDTH, WIDE_COST = 0.9, 3.0  # heights: width of a digit that costs nothing; cost for each height above it
MOST_COST = 3.0  # upper bound of a whole character, for each typical height of its width: a letter is not cut
PAIR_COST = 0.5  # for each pair
PARTS_WEIGHT = 0.15  # weight of the costs of the two parts of a pair

Arc = tuple[int, int]  # first node and last node


class Graph(NamedTuple):
    """The nodes of a line, numbered from 0, and the pieces between them."""

    owner: list[int]  # (nodes - 1,): the number of the character between a node and the next
    arcs: dict[Arc, Piece]
    height: float  # median of the characters' heights
    ink: float  # median of the characters' ink, in pixels

    @property
    def cut_characters(self) -> list[Arc]:
        """The arcs of whole characters that have cuts."""
        return [arc for arc in self.arcs if arc[1] - arc[0] > 1 and _is_whole(self.owner, arc)]


def cut_limit(characters: Sequence[Candidate]) -> int:
    """Return the largest number of cuts k of each character of a page, for which each has about k^2 / 2 parts."""
    return min(MOST_CUTS, isqrt(2 * MOST_PARTS // max(1, sum(map(_may_be_several, characters)))))


def _may_be_several(character: Candidate) -> bool:
    """Return whether a character may be several digits."""
    return character.piece.width > LEAST_WIDTH * character.piece.height and character.cost > CLEAR_COST


def graph_of(characters: Sequence[Candidate], most_cuts: int = MOST_CUTS) -> Graph:
    """Return the graph of a line of characters, from left to right, each of which has ``most_cuts`` or fewer."""
    pieces = [each.piece for each in characters]
    height = float(np.median([piece.height for piece in pieces]))
    owner: list[int] = []
    inside: list[dict[Arc, Piece]] = []  # of each character: what is between two of its nodes
    for number, each in enumerate(characters):
        piece, first = each.piece, len(owner)
        large = min(piece.height, piece.width) > SMALL * height
        count, found = parts(piece, most_cuts) if most_cuts and large and _may_be_several(each) else (0, {})
        inside.append(
            {(first + i, first + j): part for (i, j), part in found.items()} | {(first, first + count + 1): piece}
        )
        owner += [number] * (count + 1)
    arcs = {
        arc: part for own in inside for arc, part in own.items() if _is_whole(owner, arc) or not _is_wide(part, height)
    }
    for a in range(len(pieces)):
        for b in range(a + 1, min(a + MOST_JOINED, len(pieces))):
            if pieces[b].box[2] - pieces[b - 1].box[3] > APART * height:
                break
            arcs |= _across(inside, pieces, a, b, height)
    return Graph(owner, arcs, height, float(np.median([piece.mask.sum() for piece in pieces])))


def _is_wide(piece: Piece, height: float) -> bool:
    """Return whether a piece is wider than a digit."""
    return piece.width > WIDEST * max(height, piece.height)


def _across(
    inside: Sequence[Mapping[Arc, Piece]], pieces: Sequence[Piece], a: int, b: int, height: float
) -> dict[Arc, Piece]:
    """Return the pieces that begin in character a and end in character b, with all characters between the two.

    inside: for each character, what is between two of its nodes.
    """
    start, end = max(last for _, last in inside[a]), min(first for first, _ in inside[b])
    found: dict[Arc, Piece] = {}
    for (first, stop), left in inside[a].items():
        for (begin, last), right in inside[b].items():
            if stop == start and begin == end and right.box[2] - left.box[3] <= APART * height:
                piece = joined([left, *pieces[a + 1 : b], right])
                tallest = max(height, *(each.height for each in (left, *pieces[a + 1 : b], right)))
                if not _is_wide(piece, height) and piece.height <= TALLEST * tallest:
                    found[first, last] = piece
    return found


def read_graph(graph: Graph, found: Mapping[Arc, Candidate], pairs: Mapping[Arc, FloatArray]) -> list[Candidate]:
    """Return the candidates on the best path. Only a whole character may be a sign, which is not cut or joined.

    found: the candidate of each arc. pairs: the outputs (101,) of the pair network for characters that have cuts.
    """
    owner = graph.owner
    found = {arc: replace(each, sign=each.sign and _is_whole(owner, arc)) for arc, each in found.items()}
    signs = [arc for arc, candidate in found.items() if candidate.sign]
    costs = {
        (first, end): _cost(graph, (first, end), candidate)
        for (first, end), candidate in found.items()
        if not any(first < stop and start < end and (start, stop) != (first, end) for start, stop in signs)
    }
    readings: dict[Arc, list[Candidate]] = {arc: [found[arc]] for arc in costs}
    for arc, outputs in pairs.items():
        for cost, digits in _pair_readings(arc, outputs, found, costs):
            if cost < costs[arc]:
                costs[arc], readings[arc] = cost, digits
    return [each for arc in best_path(len(owner), costs) for each in readings[arc]]


def _pair_readings(
    arc: Arc, outputs: FloatArray, found: Mapping[Arc, Candidate], costs: Mapping[Arc, float]
) -> Iterator[tuple[float, list[Candidate]]]:
    """Yield cost and digits of a character, read as a pair, for each of its cuts into two parts:

    PAIR_COST - log max q + PARTS_WEIGHT (cost of the left part + cost of the right part), q as in ``pair_of``
    """
    first, end = arc
    for node in range(first + 1, end):
        left, right = (first, node), (node, end)
        if left in costs and right in costs:
            digits, cost = pair_of(outputs, found[left], found[right])
            yield PAIR_COST + cost + PARTS_WEIGHT * (costs[left] + costs[right]), digits


def _cost(graph: Graph, arc: Arc, candidate: Candidate) -> float:
    """Return the cost of a candidate on a path, which has a bound if it is a whole character:

    -log(agreement) + REJECTION_WEIGHT weight rejection_cost + JOIN_COST joins + LOW_COST low + WIDE_COST wide

    weight: the candidate's ink in that of a character, half and half with 1, so that paths of few and of many
    candidates compare.
    """
    piece, owner = candidate.piece, graph.owner
    weight = (1 + float(piece.mask.sum()) / graph.ink) / 2
    joins = owner[arc[1] - 1] - owner[arc[0]]
    whole = _is_whole(owner, arc)
    low = 0.0 if joins or whole else max(0.0, 1 - piece.height / graph.height)
    wide = max(0.0, piece.width / max(piece.height, graph.height) - USUAL_WIDTH)
    cost = (
        candidate.agreement_cost
        + REJECTION_WEIGHT * weight * candidate.rejection_cost
        + JOIN_COST * joins
        + LOW_COST * low
        + WIDE_COST * wide
    )
    return min(cost, MOST_COST * max(1.0, piece.width / graph.height)) if whole else cost


def _is_cut(owner: Sequence[int], node: int) -> bool:
    """Return whether a node is inside a character."""
    return 0 < node < len(owner) and owner[node - 1] == owner[node]


def _is_whole(owner: Sequence[int], arc: Arc) -> bool:
    """Return whether an arc is one whole character."""
    first, end = arc
    return owner[first] == owner[end - 1] and not _is_cut(owner, first) and not _is_cut(owner, end)


def best_path(count: int, costs: Mapping[Arc, float]) -> list[Arc]:
    """Return the arcs of the path of least total cost from node 0 to node ``count``; one such path at least exists.

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
