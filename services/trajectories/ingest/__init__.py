"""How facts reach the read model: a page and its cursor in one transaction, pulled from the authors over HTTP.

`authoring` writes those of this service itself. `jobs` pulls through `clients`, `actions` stores a page in the `tables`; `queries` and `routes` say how far this has come.
"""
