"""What the labels of a printed table's rows mean, and which known one a misspelt label is nearest to."""

from dataclasses import dataclass

from services.outcomes.feeds.declarations import Category, Layout, Table
from shared.registry.names import fold, nearest
from shared.workbooks.sheets import Fault


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one table in one layout."""

    layout: Layout
    table: Table

    def category(self, text: str) -> Category | None:
        """The category that a label names, in the layout's words or the feed's."""
        printed = {fold(name): code for name, code in self.layout.tables[self.table.key].categories.items()}
        return self.table.by_name.get(fold(printed.get(fold(text), text)))

    def nearest_category(self, text: str) -> str | None:
        """The category's label that a text is nearest to, if it comes near any."""
        printed = self.layout.tables[self.table.key].categories
        return nearest(text, [*printed, *(one.label for one in self.table.categories)])

    def misspelt_month(self, text: str) -> Fault | None:
        """The fault of a label that is nearly a month's ("Febuary", "Febuary 2020") and nothing else's."""
        if self.category(text) is not None or fold(text) in map(fold, self.layout.ignored):
            return None
        in_full: dict[int, str] = {}
        for name, number in self.layout.months.items():
            in_full[number] = max(in_full.get(number, ""), name, key=len)
        name = text.rstrip("0123456789-/' ")
        near = None if self.nearest_category(name) else nearest(name, list(in_full.values()))
        if near is None:
            return None
        return Fault("date.format", f"The rows below stand under no known month. The nearest is “{near}”.")

    def misspelt_total(self, text: str) -> Fault | None:
        """The fault of a label that is nearly a total's ("Grand Totl") and no category's."""
        if self.category(text) is not None or self.nearest_category(text):
            return None
        near = nearest(text, self.layout.total_rows)
        return None if near is None else Fault("code.unknown", f"The nearest known label is “{near}”.")
