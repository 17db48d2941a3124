"""Licences are the same however they are written, and never more than they are."""

import pytest

from heritage.pictures.licences import Licence, licence_from, licence_matches, short_name


@pytest.mark.parametrize(
    ("text", "code", "version"),
    [
        ("CC BY 4.0", "by", "4.0"),
        ("cc-by", "by", ""),
        ("CC_BY_SA", "by-sa", ""),
        ("CC BY-NC-SA 4.0", "by-nc-sa", "4.0"),
        ("CC-BY-NC-ND-3.0", "by-nc-nd", "3.0"),
        ("CC BY-ND 2.0 UK", "by-nd", "2.0"),
        ("CC BY-SA-NC", "by-nc-sa", ""),
        ("https://creativecommons.org/licenses/by/4.0/", "by", "4.0"),
        ("http://creativecommons.org/licenses/by-nc-sa/3.0/de/legalcode", "by-nc-sa", "3.0"),
        ("https://creativecommons.org/licenses/by-nc/4.0/deed.en", "by-nc", "4.0"),
        ("Creative Commons Attribution 4.0 International", "by", "4.0"),
        ("Creative Commons Attribution-ShareAlike 4.0 International (CC BY-SA 4.0)", "by-sa", "4.0"),
        ("Creative Commons Attribution-NonCommercial-NoDerivs", "by-nc-nd", ""),
        ("Creative Commons: Attribution Non-Commercial Share Alike", "by-nc-sa", ""),
        ("CC0", "cc0", ""),
        ("CC0 1.0 Universal", "cc0", "1.0"),
        ("CC Zero", "cc0", ""),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "cc0", "1.0"),
        ("Public Domain Mark 1.0", "pdm", "1.0"),
        ("Public domain", "pdm", ""),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "pdm", "1.0"),
        ("http://rightsstatements.org/vocab/InC-NC/1.0/", "inc-nc", "1.0"),
        ("https://rightsstatements.org/page/NoC-US/1.0/?language=en", "noc-us", "1.0"),
        ("InC", "inc", ""),
        ("In Copyright - Educational Use Permitted", "inc-edu", ""),
        ("No Known Copyright", "nkc", ""),
        ("All rights reserved", "all rights reserved", ""),
        ("Not in the public domain", "not in the public domain", ""),
        ("", "", ""),
    ],
)
def test_a_licence_is_recognised(text: str, code: str, version: str) -> None:
    assert licence_from(text) == Licence(code, version)


@pytest.mark.parametrize(
    ("wanted", "licence"),
    [
        ("CC BY", "CC BY 4.0"),
        ("cc by", "https://creativecommons.org/licenses/by/4.0/"),
        ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("cc0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("https://creativecommons.org/licenses/by-sa/4.0/", "CC BY-SA 4.0"),
        ("rightsstatements.org/vocab/InC/", "InC 1.0"),
        ("our own terms", "Our  Own Terms"),
    ],
)
def test_a_licence_is_found(wanted: str, licence: str) -> None:
    assert licence_matches(wanted, licence)


@pytest.mark.parametrize(
    ("wanted", "licence"),
    [
        ("CC BY", "CC BY-NC"),
        ("CC BY", "https://creativecommons.org/licenses/by-nc-nd/4.0/"),
        ("CC BY-NC", "CC BY"),
        ("CC BY", "CC BY SA"),
        ("CC BY 4.0", "CC BY 3.0"),
        ("CC BY 4.0", "CC BY"),
        ("CC BY", "Attribution: by the museum"),
        ("CC0", "Public domain"),
        ("CC BY", ""),
        ("", ""),
        ("InC", "InC-NC"),
    ],
)
def test_another_licence_is_not(wanted: str, licence: str) -> None:
    assert not licence_matches(wanted, licence)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/", "CC BY-NC-SA 4.0"),
        ("CC BY 4.0, © Science Museum Group", "CC BY 4.0"),
        ("Attribution-ShareAlike 3.0", "CC BY-SA 3.0"),
        ("CC Zero", "CC0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "Public Domain Mark 1.0"),
        ("https://rightsstatements.org/vocab/InC-OW-EU/1.0/", "In copyright EU orphan work"),
        ("http://rightsstatements.org/vocab/NoC-US/1.0/", "No copyright United States"),
        ("© Science Museum Group, all rights reserved", ""),
        ("nearby", ""),
        ("", ""),
    ],
)
def test_a_short_name_tells_the_licence_and_never_whose_it_is(text: str, name: str) -> None:
    assert short_name(text) == name
