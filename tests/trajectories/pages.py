"""Pages as a reader finds them; what reads them stands with what all services' tests share."""

from tests.support.pages import Element, read_page, table_of

__all__ = ["Element", "read_page", "table_of"]
