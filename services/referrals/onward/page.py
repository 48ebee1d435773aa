"""The page of a one-time link: it works on a telephone, without scripts, cookies or anything from elsewhere."""

from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from html import escape
from typing import Final

from services.referrals.onward.schemas import OnwardAnswer, OnwardPerson
from services.referrals.triage.reasons import reason_codes
from shared.months import LONDON
from shared.nhs_numbers import grouped_nhs_number

_STYLE: Final = """
body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:0 auto;padding:1rem;color:#111;background:#fff}
dt{font-weight:600;margin-top:.6rem}dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
label,legend{display:block;font-weight:600;margin-top:1rem}fieldset{border:0;padding:0;margin:0}
fieldset label{font-weight:400;margin-top:.5rem}input{width:1.3rem;height:1.3rem;vertical-align:middle}
textarea,select{width:100%;font:inherit;padding:.5rem;box-sizing:border-box}
button{font:inherit;margin-top:1.2rem;padding:.8rem 1.4rem;width:100%}
.flags,.fault{border:3px solid #111;padding:.6rem;font-weight:600}
"""
_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
_PAGE: Final = """<!doctype html>
<html lang="en-GB">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
<h1>{title}</h1>
{content}
</html>
"""
_FORM: Final = """<form method="post">
<fieldset><legend>Your answer</legend>
<label><input type="radio" name="status" value="received" required> We have it and will see to it</label>
<label><input type="radio" name="status" value="completed"> It is done</label>
<label><input type="radio" name="status" value="declined"> We cannot do it</label>
</fieldset>
<label for="reason_code">If you cannot: why?</label>
<select id="reason_code" name="reason_code"><option value="">No reason given</option>
{reasons}</select>
<label for="outcome">What the case manager should know</label>
<textarea id="outcome" name="outcome" rows="5" maxlength="10000"></textarea>
<fieldset><legend>Do you take more people at present? (If you say so, the directory tells it.)</legend>
<label><input type="radio" name="open" value="yes"> Yes, there is room</label>
<label><input type="radio" name="open" value="waiting-list"> By a waiting list</label>
<label><input type="radio" name="open" value="no"> No, we are full</label>
</fieldset>
<p>This page takes one answer.</p>
<button type="submit">Send the answer</button>
</form>"""


def question_page(asked: OnwardAnswer, *, faults: tuple[str, ...] = ()) -> str:
    """What was asked, with the form of the answer. faults: what was wrong with an answer that was sent."""
    told = "".join(f'<p class="fault" role="alert">{escape(fault)}</p>\n' for fault in faults)
    return _page(f"A request to {asked.service_name}", f"{told}{_asked(asked)}\n{_form()}")


def thanks_page(answered: OnwardAnswer) -> str:
    """What is shown once the answer was taken; nothing of the person any more."""
    said = {
        "received": "You have it and will see to it.",
        "completed": "It is done.",
        "declined": "You cannot do it.",
    }
    return _page("Thank you", f"<p>{said[answered.status]} The case manager sees your answer now.</p>")


def gone_page() -> str:
    """What every link leads to that holds no longer, or never did."""
    return _page(
        "This link does not hold",
        "<p>It was answered already, is older than 30 days, was called back, or is incomplete. "
        "Ask whoever sent it for a new one.</p>",
    )


def _page(title: str, content: str) -> str:
    return _PAGE.format(title=escape(title), style=_STYLE, content=content)


def _asked(asked: OnwardAnswer) -> str:
    flags = asked.person.flags if asked.person else []
    warned = f'<p class="flags">{escape(", ".join(flags).replace("-", " "))}</p>\n' if flags else ""
    rows = [*_about(asked.person), ("What is asked", asked.reason), ("Answer by", _day(asked.due))]
    return (
        warned
        + "<dl>"
        + "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows)
        + "</dl>"
    )


def _about(person: OnwardPerson | None) -> list[tuple[str, str]]:
    if person is None:
        return []
    born = None if person.birth_date is None else person.birth_date.strftime("%d %B %Y")
    rows = (
        ("Person", person.name),
        ("Born", born),
        ("NHS number", person.nhs_number and grouped_nhs_number(person.nhs_number)),
        ("Telephone", person.phone),
        ("Postcode", person.postcode),
    )
    return [(name, value) for name, value in rows if value]


def _day(moment: datetime) -> str:
    return moment.astimezone(LONDON).strftime("%A %d %B %Y, %H:%M")


def _form() -> str:
    reasons = "".join(
        f'<option value="{escape(one.code)}">{escape(one.title)}</option>\n'
        for one in reason_codes()
        if "declined" in one.decisions
    )
    return _FORM.format(reasons=reasons)
