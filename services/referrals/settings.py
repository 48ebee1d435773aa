"""The settings of the referrals service: the platform's, and what only referrals need."""

from pathlib import Path
from typing import Literal

from pydantic import field_validator

from shared.settings import PlatformSettings

NhsNumberPolicy = Literal["refuse", "trace"]


class Settings(PlatformSettings):
    """What a process of this service needs to know.

    nhs_number_policy: what becomes of a referral whose NHS number fails its check: refused, or taken for tracing.
    postcode_file: the ONS postcode directory, which routes people by where they are staying.
    """

    nhs_number_policy: NhsNumberPolicy = "refuse"
    postcode_file: Path | None = None

    @field_validator("postcode_file", mode="before")
    @classmethod
    def _empty_means_without(cls, value: object) -> object:
        return None if value == "" else value
