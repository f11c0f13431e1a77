"""The picture of the README, from the figures of a finished run: python docs/picture.py RUN_FOLDER PICTURE."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

SHOWN = ("il2", "pstat5", "waterfall", "kaplan-meier-os")
WIDTH = 900


def main(folder: str, picture: str) -> None:
    tiles = [Image.open(Path(folder) / "figures" / f"{name}.png").convert("RGB") for name in SHOWN]
    tiles = [tile.resize((WIDTH, round(tile.height * WIDTH / tile.width))) for tile in tiles]
    heights = [max(tiles[0].height, tiles[1].height), max(tiles[2].height, tiles[3].height)]
    sheet = Image.new("RGB", (2 * WIDTH, sum(heights)), "white")
    for number, tile in enumerate(tiles):
        sheet.paste(tile, (WIDTH * (number % 2), heights[0] * (number // 2)))
    sheet.convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(picture, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
