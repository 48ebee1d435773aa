"""Who sends most of the referrals in these tests."""

import pytest

from tests.referrals.builders import KENDAL_PRACTICE
from tests.support.running import Running


@pytest.fixture
def practice(referrals: Running) -> dict[str, str]:
    """The headers of the Kendal practice's system."""
    return referrals.token("practice-system", org=KENDAL_PRACTICE)
