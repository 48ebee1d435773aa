"""Submissions: a council's file comes in, and stands until another supersedes it.

`routes` reads the post (`bodies`) and `actions` stores it; `jobs` has it read and `deciding` accepts or rejects it.
`queries` says where a submission stands, `schemas` what its sender is answered.
"""
