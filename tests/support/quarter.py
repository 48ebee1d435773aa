"""The council's quarter 4 of 2019/20 as it prints it, built from its figures. Source: ICC annual report 2019/20.

The report's text drops blank cells; in two months that leaves open in which community a single assessment stood. The
fillings here are one of the possible ones: no test asserts on them (January's community bed and not recorded of Barrow
and Millom; February's refused and moved of East, Kendal and Mid Furness).
"""

import csv
import io
from collections.abc import Mapping, Sequence

import xlsxwriter

COMMUNITIES = {
    "barrow": "Barrow & Millom (Barrow Only)",
    "millom": "Barrow and Millom (Millom Only)",
    "grange-and-lakes": "Central Lakes & Grange ICC",
    "east": "East Lakes ICC",
    "kendal": "Kendal ICC",
    "mid-furness": "Ulverston, Dalton & Askam ICC",
}
ROUTES_TITLE = "Reablement Service - Number of Assessments Completed - Qtr 4 2019/2020 Route of Access"
OUTCOMES_TITLE = "Outcome of Assessment"
PERIOD = "2019-20-Q4"

Figures = Mapping[str, Mapping[str, Sequence[int | None]]]
Table = list[list[str | int | None]]

ROUTES: Figures = {
    "January": {
        "Community": (46, 5, 24, 10, 19, 16),
        "Community Bed": (1, None, None, None, None, None),
        "Hospital": (3, 3, 10, 4, 6, 3),
        "Not Recorded": (None, 1, None, None, 2, None),
    },
    "February": {
        "Community": (27, 6, 18, 10, 20, 22),
        "Hospital": (3, 6, 10, 5, 2, 2),
        "Not Recorded": (3, 2, 2, None, 2, None),
    },
    "March": {
        "Community": (33, 14, 29, 15, 24, 18),
        "Community Bed": (3, None, None, None, 1, None),
        "Hospital": (7, 3, 3, 5, 7, 3),
        "Not Recorded": (4, None, 2, 2, 3, 3),
    },
}
OUTCOMES: Figures = {
    "January": {
        "Reablement Plan": (28, 4, 23, 11, 23, 18),
        "Reablement Inapproriate": (10, 4, 9, 2, 2, 1),
        "Reablement Refused": (12, 1, 2, 1, 2, None),
    },
    "February": {
        "Reablement Plan": (22, 8, 24, 12, 17, 18),
        "Reablement Inapproriate": (7, 5, 1, 2, 6, 5),
        "Reablement Refused": (3, None, 5, 1, 1, None),
        "Moved/Other Circumstances": (1, 1, None, None, None, 1),
    },
    "March": {
        "Reablement Plan": (28, 12, 19, 16, 26, 17),
        "Reablement Inapproriate": (9, 1, 7, 5, 6, 1),
        "Reablement Refused": (7, 2, 6, None, 3, 3),
        "Moved/Other Circumstances": (3, 2, 2, 1, None, 3),
    },
}
ASSESSMENTS = {
    "barrow": [50, 33, 47],
    "millom": [9, 14, 17],
    "grange-and-lakes": [34, 30, 34],
    "east": [14, 15, 22],
    "kendal": [27, 24, 35],
    "mid-furness": [19, 24, 24],
}
TOTAL_BY_MONTH = [153, 140, 179]


def printed_table(figures: Figures, *, title: str) -> Table:
    """The printed layout: a month's row with its totals, its categories below it, a grand total last."""
    rows: Table = [[title, *COMMUNITIES.values(), "Grand Total"]]
    grand = [0] * len(COMMUNITIES)
    for month, categories in figures.items():
        totals = [sum(cells[at] or 0 for cells in categories.values()) for at in range(len(COMMUNITIES))]
        grand = [before + now for before, now in zip(grand, totals, strict=True)]
        rows.append([month, *totals, sum(totals)])
        rows += [[label, *cells, sum(cell or 0 for cell in cells)] for label, cells in categories.items()]
    rows.append(["Grand Total", *grand, sum(grand)])
    return rows


def routes_table(figures: Figures = ROUTES) -> Table:
    """The table of routes, whose title names the quarter."""
    return printed_table(figures, title=ROUTES_TITLE)


def outcomes_table(figures: Figures = OUTCOMES) -> Table:
    """The table of outcomes, which does not name its quarter."""
    return printed_table(figures, title=OUTCOMES_TITLE)


def as_csv(*tables: Table) -> bytes:
    """The tables one below the other, a blank line between them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for number, table in enumerate(tables):
        if number:
            writer.writerow([])
        writer.writerows(table)
    return text.getvalue().encode()


def as_xlsx(*tables: Table) -> bytes:
    """The tables as a workbook, a sheet each."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        for table in tables:
            sheet = workbook.add_worksheet()
            for number, row in enumerate(table):
                sheet.write_row(number, 0, row)
    return file.getvalue()
