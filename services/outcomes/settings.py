"""The settings of the outcomes service: the platform's, and what only outcomes needs."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from shared.settings import Duration, LoginSettings, PlatformSettings


class Settings(PlatformSettings):
    """What a process of this service needs to know.

    feed_layouts: a folder with printed layouts of the installation's own councils, beside those that ship.
    feed_wait: how long a submission's answer is held for the result unless the sender prefers otherwise.
    feed_parsers: files one API process checks at the same time.
    instruments: a folder with instruments of the installation's own, beside those that ship.
    login: how people sign in to pages by the identity provider.
    """

    feed_layouts: Path | None = None
    feed_wait: Duration = timedelta(seconds=5)
    feed_parsers: Annotated[int, Field(ge=1, le=16)] = 2
    instruments: Path | None = None
    login: LoginSettings = LoginSettings()

    @field_validator("feed_layouts", "instruments", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value
