"""The profiles that ship: those of the communities' annual report, as data with their sources named.

They hold until somebody puts another one, and only where the registry knows the community.
"""

import tomllib
from functools import cache
from pathlib import Path

from services.trajectories.profiles.schemas import ProfileAnswer, ProfileRequest

_FILE = Path(__file__).with_name("profiles.toml")


@cache
def shipped_profiles() -> dict[str, ProfileAnswer]:
    """Every profile of the file by its community. Raises ValueError where one is not a profile."""
    read = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    author = read["author"]
    found = {}
    for community, told in read["profiles"].items():
        # TOML has no null: an indicator without a value is one of which the source prints none.
        indicators = [{"value": None, **one} for one in told["indicators"]]
        profile = ProfileRequest.model_validate({**told, "indicators": indicators})
        found[community] = ProfileAnswer(
            community=community,
            version=0,
            description=profile.description,
            indicators=list(profile.indicators),
            author=author,
            made_at=None,
        )
    return found
