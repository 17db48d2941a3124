"""Which encoding a file's bytes are in: told by its first bytes, guessed where they leave it open. Pure."""

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

SAMPLE_BYTES = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
# What collection systems outside Western Europe save. Western bytes are Windows-1252 without a guess: charset
# detection on a few accents confuses it with its neighbours.
_OTHER_SCRIPTS = (
    "cp932",
    "euc_jp",
    "gb18030",
    "big5",
    "cp949",
    "cp1251",
    "koi8_r",
    "cp1253",
    "cp1255",
    "cp1256",
)
_WESTERN = "cp1252"
# What Polish letters are in Windows-1252, and ř and ě, which no one language of Western Europe has both.
_SIGNS_IN_WORDS = re.compile(r"[^\W\d_][³¹¿¾¼][^\W\d_]")
_CZECH = frozenset("øì")
_MOST_CHAOS = 0.05
_GUESSED_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Encoding:
    """Python's name of an encoding, what people call it, and why it was taken."""

    codec: str
    name: str
    reason: str


def encoding_of(sample: bytes) -> Encoding:
    """The encoding of a file that begins with `sample` (up to `SAMPLE_BYTES`)."""
    for mark, codec, name in _MARKS:
        if sample.startswith(mark):
            return Encoding(codec, name, "the file begins with its byte order mark")
    # A letter of Latin script in UTF-16 is one byte and a zero.
    pairs = sample[:4096]
    if len(pairs) > 3 and (pairs[1::2].count(0) > len(pairs) * 0.4 or pairs[::2].count(0) > len(pairs) * 0.4):
        codec = "utf-16-le" if pairs[1::2].count(0) > pairs[::2].count(0) else "utf-16-be"
        return Encoding(codec, "UTF-16", "every second byte is zero")
    try:
        # A character may be cut by the end of the sample.
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError as error:
        return _guessed(sample, error)
    return Encoding("utf-8", "UTF-8", "its bytes are UTF-8")


def _guessed(sample: bytes, error: UnicodeDecodeError) -> Encoding:
    not_ascii = sum(byte > 127 for byte in sample)
    # One bad line in a large UTF-8 file is a bad line: its row is reported, the others are read.
    fitting = sample.decode("utf-8", errors="ignore").encode()
    if sum(byte > 127 for byte in fitting) * 2 > not_ascii:
        return Encoding("utf-8", "UTF-8", f"most of its bytes are UTF-8, though not byte {error.start:,}")
    lines = b"\n".join(line for line in sample.splitlines() if not line.isascii())[:_GUESSED_BYTES]
    best = from_bytes(lines, cp_isolation=[*_OTHER_SCRIPTS, _WESTERN]).best()
    if best is not None and best.encoding in _OTHER_SCRIPTS and best.chaos <= _MOST_CHAOS and _other_script(str(best)):
        return Encoding(best.encoding, best.encoding.upper(), f"it is not UTF-8, and read so it is {best.language}")
    western = lines.decode(_WESTERN, errors="replace")
    if len(_SIGNS_IN_WORDS.findall(western)) > 1 or _CZECH.issubset(western):
        return Encoding("cp1250", "Windows-1250", "it is not UTF-8, and read as Windows-1252 its words hold signs")
    return Encoding(_WESTERN, "Windows-1252", "it is not UTF-8, and most such files are Windows-1252")


def _other_script(text: str) -> bool:
    """Whether most letters beyond ASCII are of one script that is not Latin."""
    letters = [character for character in text if ord(character) > 127 and character.isalpha()]
    return bool(letters) and sum(ord(letter) > 0x2AF for letter in letters) > 0.9 * len(letters)
