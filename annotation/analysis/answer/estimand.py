"""What the answer's figures are estimates of, in a sentence. Pure, and light enough for web processes."""

_ERRORS_SAMPLE = {
    "nonrobust": "of these answers alone, which stand for no others",
    "cluster-record": (
        "of the judgement of whoever answered; records are taken as a sample of those that might have been drawn"
    ),
    "cluster-annotator-record": (
        "on average over annotators and records, both taken as samples of those who might have answered and of those "
        "that might have been drawn"
    ),
}


def estimand_words(models: int, covariance: str) -> str:
    """Of which pairs, against what, given what, and on average over whom, for so many models and the errors that are
    quoted; empty where no model's findings are known."""
    if not models:
        return ""
    over = _ERRORS_SAMPLE.get(covariance, _ERRORS_SAMPLE["cluster-annotator-record"])
    asked = (
        " how many times the odds that a pair is linked are for a pair that the model finds similar, against one that "
        "it does not"
        if models == 1
        else ", for two models, how many times the odds that a pair is linked are for a pair that only the one finds "
        "similar, against a pair that only the other does, what further models find of them being alike"
    )
    return f"Estimated is{asked}; among pairs as they were drawn, not as many of each stratum as there are; {over}."
