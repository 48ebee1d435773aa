"""How facts reach the read model: pulled from their authors over HTTP, a page and its cursor in one transaction.

`tables` the copy of the facts and how far each author was read · `clients` the authors over HTTP · `actions` storing a
page · `jobs` the pull · `queries`, `schemas` and `routes` how far it has come.
"""
