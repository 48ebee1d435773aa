"""The catalogue: what can be asked, in which unit, which way is better, and where it comes from.

`catalogue.toml` the declarations · `catalogue` reading them · `schemas` and `routes` showing them.
"""
