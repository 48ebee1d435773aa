"""Clocks that stand still: while the sender is asked, the person is in hospital or asks to wait."""
