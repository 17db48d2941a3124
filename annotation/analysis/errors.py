"""What standard errors allow for, in words. Pure, and light enough for web processes."""

_ALLOW_FOR = {
    "nonrobust": "nothing",
    "cluster-annotator": "annotators",
    "cluster-record": "records",
    "cluster-annotator-record": "annotators and records",
    "cluster-annotator-bias-reduced": "annotators, bias-reduced",
    "joint-information": "annotators and records as random effects",
}


def errors_words(covariance: str) -> str:
    """ "annotators and records" for "cluster-annotator-record", the name in a regression's `covariance`."""
    return _ALLOW_FOR.get(covariance, covariance)
