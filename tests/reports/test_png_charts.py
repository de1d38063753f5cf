from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from mnist_mlp.reports.png_charts import WIDTH, write_chart


def test_a_chart_is_written_on_white_with_640_pixels_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    contents = []
    for name in ("a.png", "b.png"):
        write_chart(Figure(figsize=(WIDTH, 1), facecolor="black"), tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
    with Image.open(tmp_path / "a.png") as opened:
        assert opened.convert("RGB").getcolors() == [(640 * 100, (255, 255, 255))]
        assert "Software" not in opened.info
    assert contents[0] == contents[1]
