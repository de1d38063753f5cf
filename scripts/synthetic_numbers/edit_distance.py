"""The edit distance of two texts: the least number of characters to insert, delete or replace (Levenshtein 1966)."""


def edit_distance(a: str, b: str) -> int:
    """Return the distance, by dynamic programming over a row for each character of ``a`` (Wagner & Fischer 1974).

    d[i, j] = min(d[i-1, j] + 1, d[i, j-1] + 1, d[i-1, j-1] + (a[i] != b[j]))
    """
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        above, row = row, [i]
        for j, y in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
    return row[-1]
