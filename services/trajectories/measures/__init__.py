"""The catalogue: what can be asked, in which unit, which way is better, and where it comes from.

`catalogue.toml` the declarations · `catalogue` reading them. The slice `catalogue` beside this one shows them.
"""
