"""The settings of the referrals service: the platform's, and what only referrals need."""

from typing import Literal

from shared.settings import PlatformSettings

NhsNumberPolicy = Literal["refuse", "trace"]


class Settings(PlatformSettings):
    """What a process of this service needs to know.

    nhs_number_policy: what becomes of a referral whose NHS number fails its check: refused, or taken for tracing.
    """

    nhs_number_policy: NhsNumberPolicy = "refuse"
