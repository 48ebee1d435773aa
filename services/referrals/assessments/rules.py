"""What an assessment must say. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, get_args

from shared.problems import FieldError

Domain = Literal[
    "falls",
    "mobility",
    "nutrition",
    "continence",
    "cognition",
    "mood",
    "medication",
    "skin",
    "pain",
    "social",
    "carer",
    "home",
    "finance",
    "long-term-conditions",
]
DOMAINS: Final[tuple[Domain, ...]] = get_args(Domain)
Risk = Literal["low", "moderate", "high"]
FALLS: Final[Domain] = "falls"


def domain_faults(domains: Sequence[str]) -> Iterator[FieldError]:
    """What is wrong with the domains that an assessment names: each is assessed once."""
    for place, domain in enumerate(domains):
        if domain in domains[:place]:
            yield FieldError(
                "code.invalid", f"/domains/{place}/domain", "An assessment has each domain once."
            )


def at_high_risk_of_falling(risks: Mapping[str, str | None]) -> bool:
    """Whether an assessment found a high risk of falling. risks: domain → what was found."""
    return risks.get(FALLS) == "high"
