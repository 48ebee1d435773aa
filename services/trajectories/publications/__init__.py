"""Cuts: what callers without the right to exact figures see, decided once for all sums at a time and kept.

`rules` decide which figures are shown, and what they show: `leaves` takes figures apart by who supplied them, `faces` says
what each part shows, `audit` proves with a solver what a reader can work out, `deciding` hides until nothing is left to
find, `cutting` makes all cells of a cut. `actions` reads the facts and stores the cut; `jobs` makes one each day, `routes`
makes one at once. The tables are the report's (`performance/tables.py`), which looks them up.
"""
