"""The one error of the local stack: a sentence that says what to do."""


class LocalError(Exception):
    """Something on this machine stands in the way; `str()` is the whole message for the person at the terminal.

    exit_code: 1 when the machine or a server failed, 2 when the command was given something it cannot use.
    """

    def __init__(self, sentence: str, *, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code
