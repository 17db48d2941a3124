from pathlib import Path

import pytest

from benchmarks.collection_pairs.pair import PAIRS, CatalogueRow, require_pair, write_pairs, write_table
from heritage.errors import UserError
from linking.evaluation.known_pairs import SAME_OBJECT
from linking.evaluation.truth_files import known_from_file, read_truth_file


def test_a_written_truth_is_one_that_evaluations_read(tmp_path: Path) -> None:
    write_pairs(tmp_path, PAIRS["icons"], [("N.1", "OM-1", "same_object")])
    known = known_from_file(
        read_truth_file(tmp_path / "truth.csv"), {"noto": {"N.1": 0}, "openmoji": {"OM-1": 1, "OM-2": 2}}, 3
    )
    assert (known.a.tolist(), known.b.tolist(), known.closeness.tolist()) == ([0], [1], [SAME_OBJECT])
    assert known.complete


def test_half_a_pair_is_refused_with_the_command_that_writes_it(tmp_path: Path) -> None:
    write_table(tmp_path, "noto", [CatalogueRow("N.1", "A", "", "", "noto/1.png")])
    with pytest.raises(UserError, match=r"python -m benchmarks\.collection_pairs icons"):
        require_pair(tmp_path, PAIRS["icons"])
