"""The community registry: which communities there are, who belongs to them since when, and what partners call them.

It is reference data in a file (`data/`, or the one `ICC_REGISTRY_FILE` names); every service loads the same one
and no code names a community.

| question | file |
| --- | --- |
| what may the file say? | entries.py |
| what must hold between its entries? | integrity.py |
| how is it read, and refused? | loading.py |
| which look-ups are there? | registry.py |
| where does a practice count on a day? | places.py, timelines.py |
| how many people live there? | populations.py |
| which places has a level? | levels.py |
| what may `community=` name? | selection.py |
| which spellings are one name? | names.py |
| what form have codes and postcodes? | codes.py |
| which problems can a look-up raise? | errors.py |
| what is served over HTTP? | routes.py, descriptions.py, schemas.py |
| does a file of mine hold together? | check.py |
| what does ODS say otherwise? | ods.py |
"""

from shared.registry.codes import (
    OrganisationCode,
    PracticeCode,
    is_organisation_code,
    is_practice_code,
)
from shared.registry.errors import AmbiguousCommunity, UnknownCommunity, UnknownPractice
from shared.registry.loading import RegistryFileError, load_registry
from shared.registry.registry import Registry
from shared.registry.selection import Outside, Selection

__all__ = [
    "AmbiguousCommunity",
    "OrganisationCode",
    "Outside",
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
