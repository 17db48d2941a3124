"""What `make fuzz-files` begins with is right, so that what it changes is nearly right."""

from pathlib import Path

import pytest

from heritage.errors import UserError
from tests.fuzz_files import TARGETS, seeds


@pytest.mark.parametrize("target", TARGETS)
def test_a_reader_reads_what_its_fuzzing_begins_with(target: str, tmp_path: Path) -> None:
    read = TARGETS[target](tmp_path)
    begun = list(seeds(target))
    refused = []
    for data in begun:
        try:
            read(data)
        except UserError as error:
            refused.append(str(error))
    # Of a model, weights and tokenizer are cut at the longest that is tried.
    assert len(refused) <= len(begun) / 2, refused
