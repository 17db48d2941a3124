"""What the tests of bad input share: reading a file as an import does, here or in a process that is measured."""

import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from heritage.importers.merging import merge_rows
from heritage.importers.record_files import NO_HINTS, Hints, NamedFile, RecordFiles, take_sample
from heritage.importers.shipped import shipped_mapping
from heritage.importers.source_records import Notice, RowProblem, SourceRecord

ROOT = Path(__file__).resolve().parents[4]
MEGABYTE = b"0" * (1 << 20)
_MEASURED = """
import resource, sys
from pathlib import Path
from heritage.errors import UserError
from tests.unit.heritage.importers.attacks import everything
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    found = everything(Path(sys.argv[1]))
    print(*found.ids, sep=",")
    print(*found.reasons[:5], sep=" | ")
except UserError as error:
    print()
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


@dataclass
class Found:
    """What an import by the project's own columns would see."""

    records: list[SourceRecord] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    notices: dict[str, list[str]] = field(default_factory=dict)

    @property
    def ids(self) -> list[str]:
        return [record.record_id for record in self.records]


def everything(*paths: Path, hints: Hints = NO_HINTS, mapping: str = "uniform") -> Found:
    files = [NamedFile.at(path) for path in paths]
    take_sample(files, hints)
    found = Found()
    for item in merge_rows(RecordFiles(files, shipped_mapping(mapping), hints)):
        match item:
            case SourceRecord():
                found.records.append(item)
            case RowProblem():
                found.reasons.append(str(item))
            case Notice():
                found.notices.setdefault(item.kind, []).append(item.example)
    return found


def measured(path: Path) -> tuple[list[str], str, int]:
    """The identifiers, the reasons, and how many MB of memory reading took; in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    ids, reasons, memory = done.stdout.splitlines()
    return [each for each in ids.split(",") if each], reasons, int(memory)


def zipped(path: Path, **files: bytes | str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return path


_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def xlsx(path: Path, *sheets: str, compressed: bool = True) -> Path:
    """A workbook of sheets S1, S2 ... with these rows, as small as one can be."""
    numbers = range(1, len(sheets) + 1)
    links = "".join(
        f'<Relationship Id="r{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    names = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types"/>')
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            f'xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'
        )
        for number, rows in zip(numbers, sheets, strict=True):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", _SHEET.format(rows))
    return path
