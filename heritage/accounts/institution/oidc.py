"""Logging in by an institution that speaks OpenID Connect (Core 1.0): what is asked of it, and what is believed.

django-allauth asks, with state and PKCE; here are the nonce, the signature, and who may have said it. What follows from
it for accounts is in `institution`.
"""

import hashlib
from typing import Any

import jwt
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

WELL_KNOWN = "/.well-known/openid-configuration"
# Signed with a key that only the institution has; never "none", nor a secret that both sides know.
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
REQUIRED = ("iss", "sub", "aud", "exp", "iat", "nonce")
SECONDS_OF_DIFFERENT_CLOCKS = 60
LONGEST_SUBJECT = 191
LONGEST_NAME = 150


def issuer() -> str:
    """The institution's own address, of which all that it says bears the name."""
    return settings.OIDC_SERVER_URL.removesuffix(WELL_KNOWN).rstrip("/")


def institution_key() -> str:
    """Under which accounts of this institution are linked: those of another one, with the same numbers, are others."""
    return f"oidc-{hashlib.sha256(issuer().encode()).hexdigest()[:24]}"


def institution_app() -> SocialApp | None:
    """The institution of the settings as django-allauth takes it; None where there is none."""
    if not settings.OIDC_SERVER_URL:
        return None
    return SocialApp(
        provider=OpenIDConnectProvider.id,
        provider_id=institution_key(),
        name=settings.OIDC_NAME,
        client_id=settings.OIDC_CLIENT_ID,
        secret=settings.OIDC_CLIENT_SECRET,
        settings={"server_url": issuer() + WELL_KNOWN, "oauth_pkce_enabled": True, "scope": ["openid", "profile"]},
    )


class InstitutionClient(OpenIDConnectOAuth2Adapter):
    """Asks the institution. Whatever it says that cannot be believed raises OAuth2Error."""

    nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the institution says of itself, once a request. It has to speak for the address it was asked at."""
        config: dict[str, Any] = super().openid_config
        missing = [
            name
            for name in ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
            if not isinstance(config.get(name), str)
        ]
        if missing:
            raise OAuth2Error(f"{issuer()}{WELL_KNOWN} says no {', '.join(missing)}.")
        if config["issuer"].rstrip("/") != issuer():
            raise OAuth2Error(f"OIDC_SERVER_URL is {issuer()}, and the server there calls itself {config['issuer']}.")
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return request.build_absolute_uri(reverse("back-from-institution"))

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **said: Any) -> SocialLogin:
        """Who it is, by an id_token that is signed and meant for this log-in. `claims` of the answer has all of it."""
        claims = self._believed(said["response"].get("id_token"), app)
        if "userinfo_endpoint" in self.openid_config:
            more = self._fetch_user_info(token.token)
            if more.get("sub") != claims["sub"]:
                raise OAuth2Error("userinfo is of somebody else than the id_token.")
            claims = more | claims
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= LONGEST_SUBJECT:
            raise OAuth2Error("The institution's number of the person is empty or too long.")
        login = self.get_provider().sociallogin_from_response(request, {"userinfo": _of_use(claims)})
        # Nothing of what was said is kept, and what we noted ourselves stays: the library writes this over it.
        kept = SocialAccount.objects.filter(provider=login.account.provider, uid=login.account.uid)
        login.account.extra_data = kept.values_list("extra_data", flat=True).first() or {}
        login.claims = claims
        return login

    def _believed(self, id_token: Any, app: SocialApp) -> dict[str, Any]:
        if not isinstance(id_token, str):
            raise OAuth2Error("The institution sent no id_token.")
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key=self._key(id_token),
                algorithms=SIGNATURES,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=SECONDS_OF_DIFFERENT_CLOCKS,
                options={"require": list(REQUIRED)},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"The id_token is not good: {error}") from error
        if not self.nonce or claims["nonce"] != self.nonce:
            raise OAuth2Error("The id_token was made for another log-in.")
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("The id_token was made for another site.")
        return claims

    def _key(self, id_token: str) -> jwt.PyJWK:
        """The one that the token names, or the only one that there is."""
        with self._session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            keys = [key for key in jwt.PyJWKSet.from_dict(answer.json()).keys if key.public_key_use in (None, "sig")]
        named = jwt.get_unverified_header(id_token).get("kid")
        found = [key for key in keys if key.key_id == named] if named else keys
        if len(found) != 1:
            raise OAuth2Error("The institution has no key of the name that the id_token is signed with.")
        return found[0]

    def _session(self) -> Any:
        from allauth.socialaccount.adapter import get_adapter

        return get_adapter().get_requests_session()


class CallbackView(OAuth2CallbackView):
    """Hands the nonce of the log-in that began here to whoever checks the answer."""

    def _get_state(self, request: HttpRequest, provider: Any) -> tuple[dict[str, Any] | None, HttpResponse | None]:
        state, refusal = super()._get_state(request, provider)
        self.adapter.nonce = (state or {}).get("nonce", "")
        return state, refusal


def institution_provider(request: HttpRequest) -> OpenIDConnectProvider:
    provider = institution_app().get_provider(request)  # type: ignore[union-attr]  # asked where there is one
    provider.oauth2_adapter_class = InstitutionClient
    return provider


def _of_use(claims: dict[str, Any]) -> dict[str, str]:
    """What is taken over of a person: number and names, no address."""
    names = ("sub", "preferred_username", "given_name", "family_name", "name")
    return {
        name: claims[name][: LONGEST_SUBJECT if name == "sub" else LONGEST_NAME]
        for name in names
        if isinstance(claims.get(name), str)
    }
