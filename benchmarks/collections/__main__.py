"""Write one pair of collections of which the truth is known: tables, pictures, truth.csv.

    python -m benchmarks.collections demonstration FOLDER
    python -m benchmarks.collections icons FOLDER

demonstration: the two invented museums of `manage.py demo`, simulated. icons: drawings of the same things by two houses,
from npm. Nothing of what is fetched is part of this project.
"""

import argparse
from pathlib import Path

from heritage.progress import TerminalProgress

from .demonstration import write_demonstration
from .icons import write_icons

WRITERS = {"demonstration": write_demonstration, "icons": write_icons}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.collections",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pair", choices=WRITERS)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    WRITERS[options.pair](options.folder, TerminalProgress())


if __name__ == "__main__":
    main()
