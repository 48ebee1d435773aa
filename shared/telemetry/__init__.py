"""What a process says about itself: one JSON line per event, ids that tie the lines together, counters and timings.

| question | file |
| --- | --- |
| how is a log line made, and what may it never hold? | logs.py |
| which request does this work belong to? | correlation.py |
| what is counted and timed? | metrics.py |
"""

from shared.telemetry.logs import configure_logging

__all__ = ["configure_logging"]
