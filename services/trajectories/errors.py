"""What this service cannot answer, beside the problems of every service."""

from shared.problems import FieldError, Forbidden, Invalid, NotFound


class BelowCommunity(Forbidden):
    """Figures of practices and of parts of a community are for those who work there, in the months they are theirs: ask for a
    community or above.
    """

    def __init__(self) -> None:
        super().__init__(
            "The token does not allow figures below a community, not of all these places and months."
        )


class UnknownMeasure(NotFound):
    """The catalogue has no measure with this key; `GET /v1/measures` lists them."""

    def __init__(self) -> None:
        super().__init__("The catalogue has no measure with this key.")


class TooMuchAsked(Invalid):
    """The answer would take more work than one answer may: ask for fewer places, measures or months at a time."""

    def __init__(self, *, parts: int = 2, cheaper: str = "") -> None:
        """parts: into how many questions it divides.   cheaper: what else costs less, as a sentence."""
        detail = (
            f"The answer would take too much work. Ask in {parts} parts: fewer months, places or measures at a time."
            f"{cheaper and ' '}{cheaper}"
        )
        super().__init__(detail, errors=[FieldError("query.too_many", "", detail)])


class OwnDraft(Forbidden):
    """A version is approved by another person than the one who drafted it."""

    def __init__(self) -> None:
        super().__init__("Another person than its author approves a version.")
