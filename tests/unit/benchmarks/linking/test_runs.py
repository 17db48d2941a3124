from pathlib import Path

from benchmarks.linking.runs import Run, append_result, planned_runs, read_results, runs_done


def test_runs_come_seed_by_seed_with_all_recipes_of_a_pair_together() -> None:
    runs = planned_runs(["icons", "oca-tux"], ["mixed", "balanced"], [3, 4])
    assert [(run.pair, run.recipe, run.seed) for run in runs] == [
        ("icons", "untuned", 0),
        ("icons", "mixed", 3),
        ("icons", "balanced", 3),
        ("oca-tux", "untuned", 0),
        ("oca-tux", "mixed", 3),
        ("oca-tux", "balanced", 3),
        ("icons", "mixed", 4),
        ("icons", "balanced", 4),
        ("oca-tux", "mixed", 4),
        ("oca-tux", "balanced", 4),
    ]


def test_results_are_kept_although_a_process_was_killed_while_it_wrote(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    first, second = Run("icons", "mixed", 0), Run("icons", "mixed", 1)
    append_result(path, first, {"rows": []})
    with path.open("a") as file:
        file.write('{"pair": "icons", "rec')
    append_result(path, second, {"rows": []})
    assert runs_done(read_results(path)) == {first, second}


def test_nothing_is_done_before_there_is_a_file(tmp_path: Path) -> None:
    assert read_results(tmp_path / "results.jsonl") == []
