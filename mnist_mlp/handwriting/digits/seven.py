"""Styles of the digit 7. Each function returns the strokes of n digits."""

from mnist_mlp.handwriting.hand import Hand, Stroke, Style, join


class _Seven:
    """Width, roof and stem of a 7; the roof rises or falls by less than 20 degrees, otherwise it would be a 1."""

    def __init__(self, h: Hand) -> None:
        self.width, self.right = h.uniform(0.5, 0.84), h.jitter(0.04)
        self.left = h.uniform(0, 0.08)
        self.foot = self.width * h.uniform(-0.02, 0.62)
        middle = (self.width + self.foot) / 2 - 0.6 * h.uniform(-0.06, 0.12)
        self.roof = h.spline((0, self.left), (self.width / 2, 0.01 + h.jitter(0.02)), (self.width, self.right))
        self.stem = h.spline((self.width, self.right), (middle, 0.5), (self.foot, 1))

    def bar(self, h: Hand) -> Stroke:
        """Return the short bar across the stem."""
        y, tilt = h.uniform(0.38, 0.66), h.jitter(0.05)
        x = self.width + (self.foot - self.width) * y - 0.03
        return h.spline(
            (x - h.uniform(0.1, 0.32), y + tilt), (x, y + h.jitter(0.01)), (x + h.uniform(0.1, 0.32), y - tilt)
        )

    def hook(self, h: Hand) -> Stroke:
        """Return the short stroke downwards at the left end of the roof."""
        return h.spline((h.uniform(-0.05, 0.04), self.left + h.uniform(0.1, 0.28)), (0, self.left))


def plain(h: Hand) -> list[Stroke]:
    """A roof and a stem: common in North America and Britain."""
    seven = _Seven(h)
    return [join(seven.roof, seven.stem)]


def crossed(h: Hand) -> list[Stroke]:
    """With a bar across the stem: common in continental Europe and Latin America."""
    seven = _Seven(h)
    return [join(seven.roof, seven.stem), seven.bar(h)]


def hooked(h: Hand) -> list[Stroke]:
    """The roof begins with a short stroke downwards: common in Japan, Korea and Taiwan."""
    seven = _Seven(h)
    return [join(seven.hook(h), seven.roof, seven.stem)]


def hooked_crossed(h: Hand) -> list[Stroke]:
    """With a hook and a bar."""
    seven = _Seven(h)
    return [join(seven.hook(h), seven.roof, seven.stem), seven.bar(h)]


def wavy(h: Hand) -> list[Stroke]:
    """The roof is a wave."""
    seven = _Seven(h)
    width = seven.width
    roof = h.spline((0, h.uniform(0.06, 0.16)), (width * 0.25, 0), (width * 0.6, h.uniform(0.03, 0.09)), (width, 0))
    return [join(roof, h.spline((width, 0), (width * 0.6, 0.45), (seven.foot, 1))), h.sometimes(0.4, seven.bar(h))]


def rounded(h: Hand) -> list[Stroke]:
    """The pen turns from the roof into the stem in a curve."""
    seven = _Seven(h)
    width = seven.width
    curve = h.spline(
        (0, seven.left),
        (width * 0.5, 0.01),
        (width * 0.88, 0.01),
        (width, 0.09),
        ((width + seven.foot) * 0.5, 0.52),
        (seven.foot, 1),
    )
    return [curve, h.sometimes(0.3, seven.bar(h))]


STYLES = (
    Style(plain, 2.5),
    Style(crossed, 3),
    Style(hooked, 1.5),
    Style(hooked_crossed, 1),
    Style(wavy, 1),
    Style(rounded, 1),
)
