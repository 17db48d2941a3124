"""Analyse a campaign: which model finds pairs that experts link?

    python manage.py analyse "Mill machinery pilot"
    python manage.py analyse "Mill machinery pilot" --json > analysis.json

Counts the labels and fits the logistic regressions of the paper: for each model, base + model, by the
stratum that a pair was drawn from (Table 6) and by modality (Table 7). Each is fitted without an intercept,
as published, which tests whether the log odds of pairs that only this model of the two finds are 0, if the two add
up and pairs that neither finds are linked in half of the cases; and with an intercept, which tests pairs that the
model finds similar against pairs that it does not.

The answer rests on one of them: the logit with an intercept on what all models find, with standard errors that allow
for answers of one annotator, and answers on one record, being alike, and with p after Holm for the differences between
models. Plain errors stand beside, as published. Other estimators of the same coefficients stand beside: annotator
effects, a generalised estimating equation, a mixed model in which annotators and records cross, weights up to all
pairs, and Firth's penalised likelihood where cells separate. Models are set against each other directly, with
effects in percentage points, and the four labels are analysed in their order.

Then come the parts: by comparison with interactions, by taxonomy term, by annotator, over the order, time on the
pairs. Agreement on pairs that several people answered is Krippendorff's alpha, Fleiss' kappa and Gwet's AC1, with
bootstrap intervals by pair.

"What links?" is a model of the probability of a link given the similarities by all models, judged on held-out records.

Finer labels of a campaign are counted ("finer_labels"); everything else is of the four that they are under.

A label left empty counts as not linked, as in the paper. The permutation tests shuffle --shuffles times, always the
same for one --seed: labels over all annotations, as published, which takes answers as independent ("permutation"); and
whole pairs with all their answers, among those of one comparison ("permutation_within"). Either tests that no model's
finding matters to anybody.

While a campaign is open its results are sealed; that this command showed them is written down, as in the browser.

With --json, figures that cannot be estimated are null, and "warnings" or "reason" say why.
"authors_check" has the coefficients that the authors' notebook prints beside the tables, of scikit-learn's
LogisticRegression() on all models at once.
"""

from typing import Any

from django.core.management.base import CommandParser

from annotation.analysis.regression.penalised import penalised_coefficients
from annotation.analysis.regression.permutation import SHUFFLES
from annotation.campaigns.queries import find_campaign
from annotation.results.actions import full_analysis_document, open_results
from annotation.results.frame import annotation_frame
from annotation.results.text import results_text
from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.models import AuditAction
from heritage.progress import TerminalProgress

MOST_SHUFFLES = 1_000_000


class Command(HeritageCommand):
    audited = (AuditAction.LOOKED, "campaign")

    def options(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="name of the campaign, or the identifier in its address")
        parser.add_argument(
            "--seed", type=int, default=0, help="of the permutation tests and bootstrap intervals (default 0)"
        )
        parser.add_argument(
            "--shuffles", type=int, default=SHUFFLES, help=f"of the permutation tests (default {SHUFFLES:,})"
        )

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        seed, shuffles = options["seed"], options["shuffles"]
        if seed < 0:
            raise UserError(f"--seed is {seed}: give 0 or more.")
        if not 1 <= shuffles <= MOST_SHUFFLES:
            raise UserError(f"--shuffles is {shuffles}: give a number from 1 to {MOST_SHUFFLES:,}.")
        campaign = find_campaign(options["campaign"])
        open_results(campaign=campaign, person=None)
        document, _ = full_analysis_document(campaign, seed=seed, progress=progress, shuffles=shuffles)
        del document["seed"]  # the caller gave it
        check = {row.term: row.coef for row in penalised_coefficients(annotation_frame(campaign))}
        return document | {"authors_check": check}

    def summary(self, result: dict[str, Any]) -> str:
        return results_text(result)
