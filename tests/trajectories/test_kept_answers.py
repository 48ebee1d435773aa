"""Which rendered answers stay, and which make room."""

from services.trajectories.performance.keeping import KeptAnswers, Rendered


def an_answer(size: int) -> Rendered:
    return Rendered(b"a" * size, {"ETag": f'W/"{size}"'})


def test_the_answers_least_lately_used_make_room_within_the_bytes() -> None:
    kept = KeptAnswers(100)
    for key in range(4):
        kept.keep(key, an_answer(25))
    assert kept.get(0) == an_answer(25)
    kept.keep(4, an_answer(20))
    kept.keep(5, an_answer(5))
    assert [key for key in range(6) if kept.get(key) is not None] == [0, 2, 3, 4, 5]
    kept.clear()
    assert kept.get(5) is None


def test_an_answer_kept_again_counts_once() -> None:
    kept = KeptAnswers(100)
    for size in (25, 10, 25):
        kept.keep("same", an_answer(size))
    for key in range(3):
        kept.keep(key, an_answer(25))
    assert kept.get("same") == an_answer(25)


def test_an_answer_larger_than_a_quarter_of_all_is_not_kept() -> None:
    kept = KeptAnswers(100)
    kept.keep("large", an_answer(26))
    assert kept.get("large") is None
    nothing = KeptAnswers(0)
    nothing.keep("any", an_answer(1))
    assert nothing.get("any") is None
