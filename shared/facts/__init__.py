"""Facts: one cell of one measure each, published by its author and pulled by its readers.

| question | file |
| --- | --- |
| what is a fact, and how does it travel? | cells.py |
| how do rows of a table become counts? | counting.py |
| what changes with the date alone? | days.py |
| by which bands are people described? | fairness.py |
| how do events become versions of cells, and what does a rebuild do? | publishing.py |
| which rows has an author? | tables.py |
| where are the feed's routes and the author's part of a worker? | shared/service/routes/facts.py, shared/service/upkeep.py |
"""
