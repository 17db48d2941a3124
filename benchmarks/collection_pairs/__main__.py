"""Write one pair of collections of which the truth is known: tables, pictures, truth.csv.

    python -m benchmarks.collection_pairs demonstration FOLDER
    python -m benchmarks.collection_pairs icons FOLDER
    python -m benchmarks.collection_pairs oca-tux FOLDER --source DRAWINGS

demonstration: the two invented museums of `manage.py demo`, simulated. icons: drawings of the same things by two
houses, from npm. oca-tux: clip art of two libraries, of which DRAWINGS holds oca.csv, tux.csv and the pictures. Nothing
of what is fetched is part of this project.
"""

import argparse
from pathlib import Path

from heritage.errors import UserError
from heritage.progress import TerminalProgress

from .demonstration import write_demonstration
from .icons import write_icons
from .oca_tux import write_oca_tux
from .pair import PAIRS


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.collection_pairs",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pair", choices=PAIRS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--source", type=Path, default=Path(), metavar="DRAWINGS", help="of oca-tux")
    options = parser.parse_args()
    try:
        write_collections(options.pair, options.folder, options.source)
    except UserError as error:
        raise SystemExit(str(error)) from error


def write_collections(pair: str, folder: Path, source: Path) -> None:
    progress = TerminalProgress()
    folder.mkdir(parents=True, exist_ok=True)
    if pair == "demonstration":
        write_demonstration(folder, progress)
    elif pair == "icons":
        write_icons(folder, progress)
    else:
        write_oca_tux(folder, source, progress)


if __name__ == "__main__":
    main()
