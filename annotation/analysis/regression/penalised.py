"""The fit that the authors' notebook prints beside the published tables: scikit-learn's default logit.

`LogisticRegression()` has an intercept and an L2 penalty of strength 1, and takes all models at once. It
gives no standard errors; it is here so that a published notebook can be checked against a campaign.
"""

from dataclasses import dataclass

import numpy as np

from annotation.analysis.annotation_frame import AnnotationFrame
from annotation.analysis.designs import count_patterns


@dataclass(frozen=True)
class PenalisedCoefficient:
    term: str
    coef: float


def penalised_coefficients(data: AnnotationFrame) -> tuple[PenalisedCoefficient, ...]:
    """Coefficients of all models' drawn patterns; none where links and other pairs do not both occur, or where
    no model is known."""
    from sklearn.linear_model import LogisticRegression

    linked = data.frame["linked"]
    if linked.nunique() < 2 or not data.models:
        return ()
    counts = count_patterns(data.drawn(data.models), linked, intercept=False)
    fitted = LogisticRegression().fit(
        np.vstack([counts.design, counts.design]),
        np.repeat([1, 0], len(counts.design)),
        sample_weight=np.concatenate([counts.linked, counts.total - counts.linked]),
    )
    return tuple(
        PenalisedCoefficient(term, float(coef)) for term, coef in zip(counts.terms, fitted.coef_[0], strict=True)
    )
