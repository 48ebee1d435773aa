"""The settings of the referrals service: the platform's, and what only referrals need."""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal, Self

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator, model_validator

from shared.settings import CommaSeparated, LoginSettings, PlatformSettings, Secret

NhsNumberPolicy = Literal["refuse", "trace"]


def _none_when_empty(value: object) -> object:
    return None if value == "" else value


OF_THE_EXAMPLES = ("111111111", "2222222222")
"""Services of the national examples."""


class BarsLogin(BaseModel):
    """Who we are to the national proxy: where it gives tokens (`ICC_BARS_TOKEN_ENDPOINT`), as which client, with which key.

    client: the id that the proxy knows us by.   key: its private half in PEM, RSA or P-256, of which the proxy has the
    public half under `key_id`; without one that is its thumbprint.
    """

    model_config = ConfigDict(frozen=True)

    token_endpoint: Annotated[str | None, BeforeValidator(_none_when_empty)] = None
    client: Annotated[str | None, BeforeValidator(_none_when_empty)] = None
    key: Secret = None
    key_id: Annotated[str | None, BeforeValidator(_none_when_empty)] = None

    @model_validator(mode="after")
    def _all_or_nothing(self) -> Self:
        given = (self.token_endpoint, self.client, self.key)
        if any(given) and not all(given):
            raise ValueError(
                "ICC_BARS_TOKEN_ENDPOINT, ICC_BARS_CLIENT and ICC_BARS_KEY are set together or not at all"
            )
        if self.key is not None:
            key_of(self)
        return self


def key_of(login: BarsLogin) -> tuple[RSAKey | ECKey, str]:
    """The key of a login, and the algorithm it signs with. Raises ValueError for what is no private key of ours."""
    pem = "" if login.key is None else login.key.get_secret_value()
    for kind, algorithm in ((RSAKey, "RS512"), (ECKey, "ES256")):
        try:
            key = kind.import_key(pem)
        except (ValueError, JoseError):
            continue
        if key.is_private:
            return key, algorithm
    raise ValueError("ICC_BARS_KEY must be a private key in PEM, RSA or P-256")


class Settings(PlatformSettings):
    """What a process of this service needs to know.

    nhs_number_policy: what becomes of a referral whose NHS number fails its check: refused, or taken for tracing.
    postcode_file: the ONS postcode directory, which routes people by where they are staying.
    bars_service_ids: ids of our services in the national directory, by which messages are addressed; without any, the two of
    the national examples are ours outside production.   bars_test_use_cases: `a5t1:care-coordination`, use cases that a
    conformance run maps to pathways.   bars_proxy_url: base address of the national proxy, through which answers go to senders.
    bars: who we are to that proxy.
    two_hours_from, two_hours_until: when in the day, in England, a two-hour referral must be received to count in its rate.
    login: how people sign in to pages by the identity provider.
    """

    nhs_number_policy: NhsNumberPolicy = "refuse"
    postcode_file: Path | None = None
    bars_service_ids: CommaSeparated = ()
    bars_test_use_cases: CommaSeparated = ()
    bars_proxy_url: str | None = None
    bars: BarsLogin = BarsLogin()
    two_hours_from: time = time(8, 0)
    two_hours_until: time = time(20, 0)
    login: LoginSettings = LoginSettings()

    @property
    def own_services(self) -> tuple[str, ...]:
        """Ids of the services that messages may be addressed to."""
        if self.bars_service_ids or self.environment == "production":
            return self.bars_service_ids
        return OF_THE_EXAMPLES

    @model_validator(mode="after")
    def _the_window_of_two_hours_is_one(self) -> Self:
        if self.two_hours_until <= self.two_hours_from:
            raise ValueError("ICC_TWO_HOURS_UNTIL must be later in the day than ICC_TWO_HOURS_FROM")
        return self

    @field_validator("postcode_file", "bars_proxy_url", mode="before")
    @classmethod
    def _empty_means_without(cls, value: object) -> object:
        return None if value == "" else value
