"""A member of an oversight group: sees the own area as it is, all others as published, nothing below; knows what to ask."""

from day import NextAction, refused, says, signed_in, taken, tell

OWN, OTHER, SURGERY, MEASURE = "grange-and-lakes", "barrow", "A82053", "falls-admissions-65"


def day() -> NextAction:
    """A member for Grange & Lakes, a quarter of an hour before the meeting."""
    member = signed_in("trajectories", "oversight", community=OWN)
    matrix = taken(member.get("/v1/performance/matrix"))
    rows = [one for one in matrix["items"] if one["community"] == OWN]
    assert rows
    assert not any(one["suppressed"] for one in rows)
    says(f"opens the matrix: {len(rows)} measures of the own area, what is a concern first")

    counts = {"measure": "emergency-admissions", "community": f"{OWN},{OTHER}", "period": "last-4-quarters"}
    answer = taken(member.get("/v1/performance", params={**counts, "grain": "quarter"}))
    points = {one["community"]: one["points"] for one in answer["series"]}
    assert all(point["numerator"] > 0 for point in points[OWN][:-1])
    assert all(point["suppressed"] or point["numerator"] % 5 == 0 for point in points[OTHER])
    shown = sum(not point["suppressed"] for point in points[OTHER])
    says(
        f"reads the own admissions exactly; of {len(points[OTHER])} quarters of Barrow {shown} are published, rounded"
    )

    below = {"measure": MEASURE, "community": SURGERY, "period": "last-4-quarters"}
    refused(member.get("/v1/performance", params={**below, "grain": "quarter"}), 403, "scope")
    says("asks about one surgery, which is not an oversight member's to see")

    chart = member.get(f"/v1/performance/{MEASURE}/{OWN}/chart.svg")
    assert "Grange &amp; Lakes" in chart.text
    says("takes the chart of falls along, with its figures as a table in the picture's text")

    first = rows[0]
    seen = f"{first['title']}, {first['month']}: {first['variation'].replace('-', ' ')}"
    return NextAction("the matrix, which the meeting looks at", f"Ask Grange & Lakes about {seen}")


if __name__ == "__main__":
    tell(day)
