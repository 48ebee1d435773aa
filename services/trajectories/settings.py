"""The settings of the trajectories service: the platform's, and what only performance figures need."""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from shared.settings import LoginSettings, PlatformSettings


class Settings(PlatformSettings):
    """What a process of this service needs to know.

    protection_threshold: the largest count that protected callers are not shown.   protection_base: what their other counts
    are rounded to.   answers_kept_bytes: rendered answers kept by one API process.   measures_file: another catalogue of measures
    than the one that ships.   self_approval: whether one may approve a version that one drafted.
    activity_counters: files of activity that one API process counts at the same time.   file_makers: Parquet files and charts
    that it has made at the same time.
    publication_time: when in the day, in England, each day's figures are published.
    login: how people sign in to pages by the identity provider.   public_dashboard: whether pages show what was published to people who are not signed in.
    """

    # Below four a hidden count could not keep four possible values.
    protection_threshold: int = Field(default=7, ge=4, le=50)
    protection_base: int = Field(default=5, ge=4, le=50)
    publication_time: time = time(0, 5)
    answers_kept_bytes: int = Field(default=32 * 1024 * 1024, ge=0)
    measures_file: Path | None = None
    self_approval: bool = False
    activity_counters: Annotated[int, Field(ge=1, le=16)] = 2
    file_makers: Annotated[int, Field(ge=1, le=16)] = 2
    public_dashboard: Literal["off", "protected"] = "off"
    login: LoginSettings = LoginSettings()

    @field_validator("measures_file", mode="before")
    @classmethod
    def _empty_means_the_shipped_one(cls, value: object) -> object:
        return None if value == "" else value
