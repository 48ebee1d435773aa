"""The child process that reads a list: `python -m services.referrals.case_finding.list_child`.

It is given one question and one file on its standard input and answers on its standard output. Before it looks at the file it
takes from itself memory, processor time, files and the network; it holds no secret, since its parent hands down no environment.
"""

import sys
from typing import Final

from services.referrals.case_finding.catalogue import scales
from services.referrals.case_finding.exchange import ListRead, Question, read_question, reading_lines
from services.referrals.case_finding.files import read_list
from services.referrals.case_finding.rules import ListRefused, Reading
from shared.service.readers import answer_under_limits

MEMORY_BYTES: Final = 512 * 1024 * 1024
CPU_SECONDS: Final = 20


def main() -> int:
    """Read the question, then the file under limits; write what was read. Returns the exit status."""
    question = read_question(sys.stdin.buffer.readline())
    reading = Reading(
        scales=scales(),
        today=question.today,
        knows_practice=question.practices.__contains__,
        strict=question.strict,
    )
    return answer_under_limits(
        lambda: reading_lines(_read(question, reading)), memory_bytes=MEMORY_BYTES, cpu_seconds=CPU_SECONDS
    )


def _read(question: Question, reading: Reading) -> ListRead:
    try:
        return ListRead(*read_list(sys.stdin.buffer.read(), question.form, reading))
    except ListRefused as refused:
        return ListRead(refused=(refused.code, refused.detail))


if __name__ == "__main__":
    sys.exit(main())
