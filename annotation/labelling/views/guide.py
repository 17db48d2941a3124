"""What the four labels mean, and the keys."""

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation.labels.shown import plain_scheme, shown_scheme
from annotation.models import GuidancePair
from annotation.requests import PersonRequest
from annotation.visibility import visible_campaigns
from annotation.vocabulary import Guidance, Label
from heritage.pages.languages import in_reader_language

# Name of the action in `static/js/labelling/keys.js`, its key at the start, and what it does.
KEYS = (
    *((f"label-{place}", str(place), label.label) for place, label in enumerate(Label, start=1)),
    ("back", "⌫", gettext_noop("Back to the previous pair, to change its answer")),
    ("unsure", "U", gettext_noop("Unsure: mark the answer that follows")),
    ("skip", "S", gettext_noop("Skip the pair; then a number for the reason")),
    ("comment", "C", gettext_noop("Write a comment, or report a broken record")),
    ("zoom", "Z", gettext_noop("Enlarge both pictures together")),
    ("text", ":", gettext_noop("Read long descriptions in full")),
    ("picture-1", ",", gettext_noop("Next picture on the left")),
    ("picture-2", ".", gettext_noop("Next picture on the right")),
)


@in_reader_language
@login_required
@never_cache
@require_safe
def guide(request: PersonRequest) -> HttpResponse:
    """The guide, with the instructions of the reader's open campaigns, and their labels where these are their own."""
    examples = GuidancePair.objects.filter(campaign=OuterRef("pk"), kind=Guidance.EXAMPLE, withdrawn=None)
    campaigns = [
        each
        for each in visible_campaigns(request.user)
        .annotate(has_examples=Exists(examples))
        .prefetch_related("own_labels", "finer_labels")
        if not each.is_over
    ]
    plain = plain_scheme(get_language())
    context = {
        "instructions": [
            {"id": each.pk, "name": each.name, "text": each.instructions, "has_examples": each.has_examples}
            for each in campaigns
            if each.instructions or each.has_examples
        ],
        "meanings": plain.labels,
        "schemes": [(each.name, scheme) for each in campaigns if (scheme := shown_scheme(each)) != plain],
        "keys": [(action, key, gettext(does)) for action, key, does in KEYS],
    }
    return render(request, "annotation/labelling/guide.html", context)
