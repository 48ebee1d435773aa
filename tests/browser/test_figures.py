"""What a browser shows is what the interface answers: figures, worklists and the faults of a return, one service each."""

from playwright.async_api import FilePayload

from shared.registry import load_registry
from tests.browser.reading import ANALYST, MANAGER, OFFICER, Readers, by, rows_of
from tests.browser.serving import Served
from tests.outcomes.builders import WRONG
from tests.outcomes.sending import checked
from tests.referrals.acting import manager
from tests.referrals.listing import worklist
from tests.trajectories.writing import seen

ASSESSMENTS = "Reablement assessments completed assessments"
"""The head of a column: the measure with its unit."""


async def test_the_first_page_shows_the_figures_of_the_matrix(readers: Readers, site: Served) -> None:
    items = (await seen(site["trajectories"], "/v1/performance/matrix", reference="2020-03"))["items"]
    told = {(one["community"], one["measure"]): one["value"] for one in items}
    slugs = {one.name: one.slug for one in load_registry().file.communities}
    async with readers.page(ANALYST, "/") as page:
        found = by(await rows_of(page, ".app-matrix"), "Community")
    assert len(found) == 8
    for name, row in found.items():
        shown = row[ASSESSMENTS]
        value = told[slugs[name], "reablement-assessments"]
        assert shown.split()[0] == (str(value) if value is not None else "not")
    assert found["Barrow"][ASSESSMENTS].startswith("47")
    assert "Concern: unusually high" in found["Kendal"]["Non-elective admissions admissions"]


async def test_the_worklist_shows_the_rows_of_the_list(readers: Readers, site: Served) -> None:
    service = site["referrals"]
    listed = (await worklist(service, "kendal", by=manager(service)))["items"]
    async with readers.page(MANAGER, "/worklist?list=kendal") as page:
        rows = await rows_of(page, "#items")
    assert [row["What is next"] for row in rows] == [item["next_action"] for item in listed]
    for row, item in zip(rows, listed, strict=True):
        assert row["Person"].startswith(item["person"]["name"])


async def test_the_page_of_a_return_shows_the_faults_that_the_interface_finds(
    readers: Readers, site: Served
) -> None:
    report = await checked(site["outcomes"], WRONG)
    async with readers.page(OFFICER, "/check?feed=reablement") as page:
        file = FilePayload(name="return.csv", mimeType="text/csv", buffer=WRONG)
        await page.locator("#file").set_input_files(file)
        await page.get_by_role("button", name="Check it").click()
        rows = await rows_of(page, "#errors")
        assert [row["What to correct"] for row in rows] == [one["detail"] for one in report["errors"]]
        assert report["errors"][0]["detail"] in await page.locator(".app-bad").inner_text()
