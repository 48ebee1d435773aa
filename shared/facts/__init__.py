"""Facts: one cell of one measure each, published by its author and pulled by whoever needs it.

`cells` what a fact is · `tables` the author's rows · `publishing` events become cell versions, and rebuilding ·
`routes` the feed and the operator's rebuild · `work` the author's periodic and its kind of work.
"""

from shared.facts.cells import Cell, breakdown_key
from shared.facts.publishing import Topic, publish_pending, record_fact_event
from shared.facts.work import fact_periodic, rebuild_kind

__all__ = [
    "Cell",
    "Topic",
    "breakdown_key",
    "fact_periodic",
    "publish_pending",
    "rebuild_kind",
    "record_fact_event",
]
