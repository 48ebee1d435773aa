"""How facts reach the read model: pulled from their authors over HTTP, a page and its cursor in one transaction.

`tables` the copy of the facts and where each feed was read to · `clients` an author's feed · `actions` storing a page ·
`jobs` the pull.
"""
