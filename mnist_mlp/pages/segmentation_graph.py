"""The segmentation graph: which pieces of a line are one digit (LeCun et al. 1998, section VII).

Its nodes are the places between the pieces of a line, its arcs are candidates: one piece, or a few that follow one
another. The reading of the line is the path of least cost from the first node to the last (Viterbi).
"""

from collections.abc import Callable, Mapping

Arc = tuple[int, int]  # first piece, and the one after the last


def best_path(count: int, costs: Mapping[Arc, float]) -> list[Arc]:
    """Return the arcs of the path of least total cost through ``count`` pieces.

    cost[j] = min over arcs (i, j) of  cost[i] + costs[i, j].  There is an arc for each single piece.
    """
    cost = [0.0] + [float("inf")] * count
    start = [0] * (count + 1)
    for (first, end), own in sorted(costs.items(), key=lambda arc: arc[0][1]):
        if cost[first] + own < cost[end]:
            cost[end], start[end] = cost[first] + own, first
    path: list[Arc] = []
    end = count
    while end:
        path.append((start[end], end))
        end = start[end]
    return path[::-1]
