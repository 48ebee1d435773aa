"""Facts: one cell of one measure each, published by its author and pulled by whoever needs it.

`cells` what a fact is · `tables` the author's rows · `publishing` events become cell versions, and rebuilding ·
`schemas` the feed as it travels. The feed's routes and the author's part of a worker stand in `shared/service`.
"""

from shared.facts.cells import Cell, breakdown_key
from shared.facts.publishing import Topic, publish_pending, record_fact_event

__all__ = ["Cell", "Topic", "breakdown_key", "publish_pending", "record_fact_event"]
