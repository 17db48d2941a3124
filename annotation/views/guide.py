"""What the four labels mean, and the keys."""

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation.models import Guidance, GuidancePair, Label
from annotation.visibility import finer_steps, visible_campaigns

from .requests import PersonRequest

# Name of the action in `static/js/labelling_keys.js`, its key at the start, and what it does.
KEYS = (
    *((f"label-{place}", str(place), label.label) for place, label in enumerate(Label, start=1)),
    ("back", "⌫", "Back to the previous pair, to change its answer"),
    ("unsure", "U", "Unsure: mark the answer that follows"),
    ("skip", "S", "Skip the pair, with a reason"),
    ("comment", "C", "Write a comment, or report a broken record"),
    ("zoom", "Z", "Enlarge both pictures together"),
)


@login_required
@never_cache
@require_safe
def guide(request: PersonRequest) -> HttpResponse:
    """The guide, with the instructions and the finer labels of the reader's open campaigns."""
    examples = GuidancePair.objects.filter(campaign=OuterRef("pk"), kind=Guidance.EXAMPLE, withdrawn=None)
    campaigns = [
        each for each in visible_campaigns(request.user).annotate(has_examples=Exists(examples)) if not each.is_over
    ]
    context = {
        "instructions": [
            {"id": each.pk, "name": each.name, "text": each.instructions, "has_examples": each.has_examples}
            for each in campaigns
            if each.instructions or each.has_examples
        ],
        "finer": [(each.name, steps) for each in campaigns if (steps := finer_steps(each))],
        "keys": KEYS,
    }
    return render(request, "annotation/guide.html", context)
