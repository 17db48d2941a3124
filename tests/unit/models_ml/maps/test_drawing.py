"""The drawing of a map is an SVG that holds under the site's policy, whatever names its records have."""

import numpy as np
from lxml import etree

from models_ml.maps.drawing import map_svg

SPACE = "{http://www.w3.org/2000/svg}"


def drawing(**changes) -> str:
    arguments = {
        "title": "Map of <one> & \x00\x1b 'another\"",
        "note": "4 records",
        "places": np.array([[0, 0], [100, 100], [50, 50], [0, 100]]),
        "side": 100,
        "colours": np.array([0, 1, 255, 0], np.uint8),
        "legend": [{"name": "Science & <b>", "light": "#035bab"}, {"name": "Scots", "light": "#d35b33"}],
        "other": "#8a8884",
        "labels": [{"name": "lamps", "x": 50, "y": 50}, {"name": "hidden", "x": 51, "y": 50}],
    }
    return map_svg(**arguments | changes)


def test_every_point_is_in_the_path_of_its_colour() -> None:
    paths = etree.fromstring(drawing()).iter(f"{SPACE}path")
    assert {path.get("stroke"): path.get("d", "").count("M") for path in paths} == {
        "#8a8884": 1,
        "#035bab": 2,
        "#d35b33": 1,
    }


def test_labels_do_not_lie_over_each_other_and_no_style_is_inline() -> None:
    drawn = drawing()
    words = [text.text for text in etree.fromstring(drawn).iter(f"{SPACE}text")]
    assert "lamps" in words
    assert "hidden" not in words
    assert "style" not in drawn
    assert "<script" not in drawn


def test_other_is_in_the_legend_only_where_something_is_other() -> None:
    assert ">Other<" in drawing()
    assert ">Other<" not in drawing(colours=np.zeros(4, np.uint8))
