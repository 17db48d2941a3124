"""What somebody logs in by: told to them that it is there, never what it is, and gone with them."""

import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount

from annotation.privacy.actions import erase_person
from annotation.privacy.queries import person_document
from heritage.accounts.second_factor.factors import add_app
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


def test_second_factors_and_links_are_told_without_their_secrets_and_go() -> None:
    ada = UserFactory(username="ada")
    codes = add_app(user=ada, secret=SECRET)
    SocialAccount.objects.create(user=ada, provider="oidc-museum", uid="4711")
    told = json.dumps(person_document(ada), default=str)
    assert '"totp"' in told
    assert '"4711"' in told
    seed = Authenticator.objects.get(type="recovery_codes").data["seed"]
    assert not [secret for secret in (SECRET, seed, *codes) if secret in told]
    erase_person(person=ada)
    assert not Authenticator.objects.exists()
    assert not SocialAccount.objects.exists()
