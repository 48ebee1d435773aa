"""Submissions: a council's file comes in, is watched, accepted or rejected, and stands until another supersedes it."""
