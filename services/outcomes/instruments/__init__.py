"""Instruments: what each asks, which values are legal, how it is scored, what its scores are called, what counts as a change.

An instrument is a file of `declared/`; adding one is adding a file. No code knows an instrument by name.
"""
