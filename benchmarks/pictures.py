"""Seconds and memory that a large picture costs when it is stored: checked, scaled and cut into tiles.

    python -m benchmarks.pictures

Draws a photograph of 8,000 by 6,000 pixels, a scroll of 20,000 by 600 and a scan of 150 megapixels, and stores each in
a process of its own, whose peak memory is reported. They are drawn in others: a process inherits its parent's peak.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURES = {"photograph.jpg": (8_000, 6_000), "scroll.png": (20_000, 600), "scan.png": (15_000, 10_000)}
STORE = """
import json, resource, sys, time
from pathlib import Path
from heritage.pictures.store import ImageStore
store = ImageStore(Path(sys.argv[2]), 10**9, 150_000_000)
data = Path(sys.argv[1]).read_bytes()
began = time.perf_counter()
store.add(data)
print(json.dumps([time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]))
"""


DRAW = """
import sys
import numpy as np
import PIL.Image
path, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
colours = np.random.default_rng(0).integers(0, 255, (height // 50 + 1, width // 50 + 1, 3), dtype=np.uint8)
picture = PIL.Image.fromarray(colours).resize((width, height), PIL.Image.Resampling.BICUBIC)
picture.save(path, quality=90, compress_level=1)
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, (width, height) in PICTURES.items():
            path = Path(folder) / name
            subprocess.run([sys.executable, "-c", DRAW, str(path), str(width), str(height)], check=True)
            command = [sys.executable, "-c", STORE, str(path), str(Path(folder) / "store")]
            seconds, peak = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(f"{name} ({width:,} x {height:,}, {path.stat().st_size >> 20} MB): {seconds:.1f} s, peak {peak} MB")


if __name__ == "__main__":
    main()
