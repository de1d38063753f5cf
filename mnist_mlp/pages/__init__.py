"""Read every digit in a picture: strokes, characters, cuts, segmentation graph, text lines, orientation.

``read_page`` returns the result, and ``orientation`` tries drawings and turns of a page until one reads well. For each:

1. ``binarization``: from grey levels to the strokes. It finds a ``sheet`` of paper, and warps it upright if it is in
   ``perspective``, by a ``homography``; ``rule_removal`` removes ``rules``.
   ``long_lines`` removes the sides of boxes.
2. ``characters``: connected components without dirt and frames, each with its fragments.
3. ``text_lines``: which characters follow one another, and where spaces are.
4. ``cuts``: where a character may be cut. A part is what is between two cuts.
5. ``candidates``: characters, parts and several of them together, each with the scores of the networks.
6. ``segmentation_graph``: the best path over the candidates of a line; a character may also be one of the ``pairs``,
   two digits that touch and are read together, from ``pair_pixels``. ``lines`` runs the steps 2 to 6 and ``slashes``.
7. ``signs``, ``slashes``, ``acceptance``: which candidates of the best paths are digits; ``marks``: points and dashes
   between them.

A ``Piece`` is a character, a part, or several of them. ``single`` reads a picture of one digit. ``records`` has what
``read_page`` returns.
"""
