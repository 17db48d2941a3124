"""Licences as museums write them, brought to one form, so that they can be asked for.

Pure. Knows Creative Commons (names, codes, addresses), the public domain mark and rightsstatements.org; any other
licence is what its words say.
"""

import re
from dataclasses import dataclass

RIGHTS_STATEMENTS = {
    "inc": "in copyright",
    "inc-ow-eu": "in copyright eu orphan work",
    "inc-edu": "in copyright educational use permitted",
    "inc-nc": "in copyright non commercial use permitted",
    "inc-ruu": "in copyright rights holder s unlocatable or unidentifiable",
    "noc-cr": "no copyright contractual restrictions",
    "noc-nc": "no copyright non commercial use only",
    "noc-oklr": "no copyright other known legal restrictions",
    "noc-us": "no copyright united states",
    "cne": "copyright not evaluated",
    "und": "copyright undetermined",
    "nkc": "no known copyright",
}
# As its addresses write them, where they do not write capitals alone.
_STATEMENT_CODES = {"inc": "InC", "noc": "NoC"}
CODE_OF_NAME = {name: code for code, name in RIGHTS_STATEMENTS.items()}

_VERSION = re.compile(r"\b(\d\.\d)\b")
_CC_ADDRESS = re.compile(r"creativecommons\.org/licen[cs]es/(by(?:-(?:nc|nd|sa))*)(?:/(\d\.\d))?")
_DOMAIN_ADDRESS = re.compile(r"creativecommons\.org/publicdomain/(zero|mark)(?:/(\d\.\d))?")
_STATEMENT_ADDRESS = re.compile(r"rightsstatements\.org/(?:vocab|page)/([a-z-]+)(?:/(\d\.\d))?")
_CC_CODE = re.compile(r"\bcc[ -]?(by(?:[ -](?:nc|nd|sa)\b)*)(?![a-z])")
_CC_NAME = re.compile(r"\battribution\b")
_CC0 = re.compile(r"\bcc[ -]?(?:0|zero)\b|\bpublic domain dedication\b")
_DOMAIN = re.compile(r"\bpdm\b|^public domain(?: mark)?(?: \d\.\d)?$|\bpublic domain mark\b")


@dataclass(frozen=True, slots=True)
class Licence:
    """`code` such as by-sa, cc0, pdm or inc-nc, or the words of another one; `version` where it is said."""

    code: str
    version: str = ""


def licence_from(text: str) -> Licence:
    """The licence that `text`, an address, code or name, stands for; its code is empty for an empty text."""
    words = " ".join(text.casefold().split())
    if found := _CC_ADDRESS.search(words):
        return Licence(_conditions(found[1]), found[2] or "")
    if found := _DOMAIN_ADDRESS.search(words):
        return Licence("cc0" if found[1] == "zero" else "pdm", found[2] or "")
    if found := _STATEMENT_ADDRESS.search(words):
        return Licence(found[1], found[2] or "")
    # "CC BY-SA 4.0", "CC-BY-SA-4.0", "cc by sa": between words stands a blank, a hyphen or an underscore.
    spaced = re.sub(r"[\s_–—/()-]+", " ", words).strip()
    version = found[1] if (found := _VERSION.search(spaced)) else ""
    if _CC0.search(spaced):
        return Licence("cc0", version)
    if _DOMAIN.search(spaced):
        return Licence("pdm", version)
    if found := _CC_CODE.search(spaced):
        return Licence(_conditions(found[1]), version)
    if _CC_NAME.search(spaced) and ("creative commons" in spaced or version):
        named = {"nc": r"non ?commercial", "nd": r"no ?deriv", "sa": r"share ?alike"}
        asked = [code for code, name in named.items() if re.search(name, spaced)]
        return Licence(_conditions(" ".join(["by", *asked])), version)
    name = re.sub(r"[^\w ]", " ", spaced)
    name = " ".join(name.split())
    code = words.removesuffix(" " + version) if version else words
    if code in RIGHTS_STATEMENTS or name in CODE_OF_NAME:
        return Licence(CODE_OF_NAME.get(name, code), version)
    return Licence(words)


def _conditions(code: str) -> str:
    """Conditions of a Creative Commons licence in the order in which it names them."""
    said = re.split(r"[ -]", code)
    return "-".join(part for part in ("by", "nc", "nd", "sa") if part in said)


def short_name(text: str) -> str:
    """What the licence that `text` stands for is called for short, such as CC BY-SA 4.0 or In copyright.

    Empty for a licence in a museum's own words, which may say whose it is.
    """
    licence = licence_from(text)
    if licence.code in RIGHTS_STATEMENTS:
        name = RIGHTS_STATEMENTS[licence.code].replace("holder s", "holders")
        return name[:1].upper() + name[1:].replace(" eu ", " EU ").replace("united states", "United States")
    name = {"cc0": "CC0", "pdm": "Public Domain Mark"}.get(licence.code, "")
    if licence.code and licence.code == _conditions(licence.code):
        name = f"CC {licence.code.upper()}"
    return f"{name} {licence.version}".strip() if name else ""


def licence_address(text: str) -> str:
    """The address by which Creative Commons or rightsstatements.org call the licence that `text` stands for.

    Empty for another licence, and for one of Creative Commons without its version, whose terms differ by version.
    """
    licence = licence_from(text)
    if licence.code in RIGHTS_STATEMENTS:
        capitals = "-".join(_STATEMENT_CODES.get(part, part.upper()) for part in licence.code.split("-"))
        return f"http://rightsstatements.org/vocab/{capitals}/{licence.version or '1.0'}/"
    if licence.code == "cc0":
        return f"http://creativecommons.org/publicdomain/zero/{licence.version or '1.0'}/"
    if licence.code == "pdm":
        return f"http://creativecommons.org/publicdomain/mark/{licence.version or '1.0'}/"
    if licence.version and licence.code and licence.code == _conditions(licence.code):
        return f"http://creativecommons.org/licenses/{licence.code}/{licence.version}/"
    return ""


def licence_matches(wanted: str, licence: str) -> bool:
    """Whether `licence` is the one that somebody means by `wanted`: in any version, where `wanted` names none."""
    asked, given = licence_from(wanted), licence_from(licence)
    return bool(given.code) and asked.code == given.code and asked.version in ("", given.version)
