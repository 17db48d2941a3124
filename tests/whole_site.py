"""A site with something at every address, for tests that walk all of them."""

from annotation.answers.actions import record_annotation
from annotation.campaigns.invitations import invite
from annotation.models import Campaign
from heritage.models import JobRun, User
from linking.models import CandidatePair, Sampling
from tests.addresses import every_route
from tests.factories import ImageFactory, campaign_for, preference_study
from tests.picture_files import stored_picture


def labelled_campaign(annotator: User) -> Campaign:
    """One that is labelled, with a picture in tiles, and a job. What nobody should read has "secret" in it."""
    campaign = campaign_for(annotator, pairs_each=4, name="Secret campaign")
    for assignment in campaign.assignments.all():
        record_annotation(assignment=assignment, annotator=annotator, label="same_object", comment="secret comment")
    record = campaign.assignments.first().pair.a
    record.images.all().delete()
    ImageFactory(record=record, position=0, **stored_picture(1500, 40))
    JobRun.objects.create(kind="embed", title="Embed secret-model")
    return campaign


def routes_of(campaign: Campaign) -> list[tuple[str, str]]:
    """Name and address of each route, with values of this campaign; makes a study and an invitation."""
    annotator = campaign.assignments.first().annotator
    study = preference_study(annotator, models=("secret-model", "secret-other"))
    _, token = invite(campaign=campaign, note="secret note")
    pair = campaign.assignments.first().pair
    record = pair.a
    numbers = [str(record.pk)]
    of_name = {
        "other_pk": [str(pair.b.pk)],
        "pk": [*numbers, *(str(model.objects.order_by("pk").first().pk) for model in (Sampling, JobRun))],
        "person_id": [str(annotator.pk)],
        "pair_id": [str(CandidatePair.objects.first().pk)],
        "campaign_id": [str(campaign.pk)],
        "assignment_id": [str(campaign.assignments.first().pk)],
        "study_id": [str(study.pk)],
        "choice_id": [str(study.choices.first().pk)],
        "invitation_id": [str(campaign.invitations.get().pk)],
        "practice_id": ["00000000-0000-0000-0000-000000000000"],
        "name": ["report.html"],
        "token": [token],
        "content_hash": [record.images.get().content_hash],
        "size": ["display", "thumbnail"],
        "level": ["0"],
        "x": ["0"],
        "y": ["0"],
        "key": ["0" * 32],
        "language": ["de"],
        "uidb64": ["MQ"],
        "form": ["csv", "json", "svg", "png"],
        "slug": [record.collection.slug],
    }
    return list(every_route(of_name=of_name, of_kind={"int": numbers, "slug": ["any"], "uuid": [str(campaign.pk)]}))
