"""The feeds as they are answered."""

from pydantic import BaseModel, Field

from services.outcomes.catalogue.templates import template_header
from services.outcomes.feeds.declarations import Declarations, Feed


class CategoryAnswer(BaseModel):
    """One category of a table, with the other names it is printed under."""

    code: str
    label: str
    aliases: list[str]


class TableAnswer(BaseModel):
    """One table of a feed."""

    table: str
    title: str
    breakdown: str | None
    places: list[str]
    categories: list[CategoryAnswer]


class LayoutAnswer(BaseModel):
    """How one council prints a feed: the words of each table's heading."""

    layout: str
    headings: dict[str, list[str]]


class FeedAnswer(BaseModel):
    """One feed: what to send, and where its templates are."""

    feed: str
    title: str
    sent_by: list[str]
    columns: list[str]
    places: list[str]
    tables: list[TableAnswer]
    measures: list[str]
    printed_layouts: list[LayoutAnswer]
    due_every: str = Field(description="month or quarter: of what a return is")
    due_days: int = Field(description="days after the last day of its period by which a return is awaited")
    grains: list[str] = Field(description="what the period of one figure may be")
    templates: list[str]


def feed_answer(feed: Feed, declarations: Declarations, *, council: str) -> FeedAnswer:
    """A feed as its sender is told of it. council: whose printed layouts are shown."""
    return FeedAnswer(
        feed=feed.feed,
        title=feed.title,
        sent_by=list(feed.suppliers),
        columns=list(template_header(feed)),
        places=list(feed.places),
        tables=[
            TableAnswer(
                table=table.key,
                title=table.title,
                breakdown=table.breakdown,
                places=list(feed.places_of(table.key)),
                categories=[
                    CategoryAnswer(code=one.code, label=one.label, aliases=[*one.aliases, *one.misspellings])
                    for one in table.categories
                ],
            )
            for table in feed.tables
        ],
        measures=[measure.key for measure in feed.measures],
        printed_layouts=[
            LayoutAnswer(
                layout=one.layout,
                headings={key: list(heading.words) for key, heading in one.tables.items()},
            )
            for one in declarations.layouts_of(feed.feed, council)
        ],
        due_every=feed.due_every,
        due_days=feed.due_days,
        grains=list(feed.grains),
        templates=[f"/v1/feeds/{feed.feed}/template.{form}" for form in ("csv", "xlsx")],
    )
