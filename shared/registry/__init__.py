"""The community registry: which communities there are, who belongs to them since when, and what partners call them.

It is reference data in a file (`data/`, or the one `ICC_REGISTRY_FILE` names); every service loads the same one
and no code names a community.

| question | file |
| --- | --- |
| what may the file say? | entries.py |
| how is it read, and refused? | loading.py |
| what must hold between its entries? | integrity.py |
| which look-ups are there? | registry.py |
| where does a practice count on a day? | places.py |
| what may `community=` name, and which problem does a wrong name raise? | selection.py |
| which spellings are one name; what form have codes and postcodes? | names.py |
| where does a postcode lie, and how deprived is it? | positions.py |
| how is the postcode directory opened? | postcodes.py, postcode_index.py |
| how many people live there? | populations.py |
| what does HTTP answer about a place? | descriptions.py, schemas.py |
| does a file of mine hold together? | check.py |
| what does ODS say otherwise? | ods.py |
"""

from shared.registry.loading import RegistryFileError, load_registry
from shared.registry.names import (
    OrganisationCode,
    PracticeCode,
    is_organisation_code,
    is_practice_code,
)
from shared.registry.positions import Postcodes
from shared.registry.registry import Registry
from shared.registry.selection import (
    AmbiguousCommunity,
    Outside,
    Selection,
    UnknownCommunity,
    UnknownPractice,
)

__all__ = [
    "AmbiguousCommunity",
    "OrganisationCode",
    "Outside",
    "Postcodes",
    "PracticeCode",
    "Registry",
    "RegistryFileError",
    "Selection",
    "UnknownCommunity",
    "UnknownPractice",
    "is_organisation_code",
    "is_practice_code",
    "load_registry",
]
