"""A sample file of every format that ships: `SAMPLES` has a function of a folder to write into by each one's name."""

from collections.abc import Callable
from pathlib import Path

SAMPLES: dict[str, Callable[[Path], Path]] = {}

_STANDARDS = Path(__file__).parent / "standards"

SAMPLES["lido"] = lambda _: _STANDARDS / "lido-1.0.xml"
SAMPLES["oai-dc"] = lambda _: _STANDARDS / "dublin-core-oai-pmh.xml"
SAMPLES["edm"] = lambda _: _STANDARDS / "edm-oai-pmh.xml"
SAMPLES["mods"] = lambda _: _STANDARDS / "mods.xml"
SAMPLES["linked-art"] = lambda _: _STANDARDS / "linked-art.json"

_MUSEUMS = Path(__file__).parent / "museums"

SAMPLES["uniform"] = lambda _: _MUSEUMS / "uniform.csv"
SAMPLES["nms"] = lambda _: _MUSEUMS / "nms.csv"
SAMPLES["smg-dump"] = lambda _: _MUSEUMS / "smg-dump.jsonl"
SAMPLES["smg-api"] = lambda _: _MUSEUMS / "smg-api.json"
SAMPLES["vam"] = lambda _: _MUSEUMS / "vam.json"
SAMPLES["vam-csv"] = lambda _: _MUSEUMS / "vam-csv.csv"
SAMPLES["met"] = lambda _: _MUSEUMS / "met.csv"
SAMPLES["met-api"] = lambda _: _MUSEUMS / "met-api.json"
SAMPLES["moma"] = lambda _: _MUSEUMS / "moma.csv"
SAMPLES["tate"] = lambda _: _MUSEUMS / "tate.json"
SAMPLES["tate-csv"] = lambda _: _MUSEUMS / "tate-csv.csv"
SAMPLES["artic"] = lambda _: _MUSEUMS / "artic.json"
SAMPLES["cleveland"] = lambda _: _MUSEUMS / "cleveland.json"
SAMPLES["cleveland-csv"] = lambda _: _MUSEUMS / "cleveland-csv.csv"
SAMPLES["harvard"] = lambda _: _MUSEUMS / "harvard.json"
SAMPLES["smithsonian"] = lambda _: _MUSEUMS / "smithsonian.jsonl"
SAMPLES["europeana"] = lambda _: _MUSEUMS / "europeana.json"
SAMPLES["rijksmuseum-api"] = lambda _: _MUSEUMS / "rijksmuseum-api.json"
SAMPLES["collectiveaccess"] = lambda _: _MUSEUMS / "collectiveaccess.csv"
SAMPLES["tms"] = lambda _: _MUSEUMS / "tms.csv"
SAMPLES["emuseum"] = lambda _: _MUSEUMS / "emuseum.json"
