"""Multidisciplinary meetings: who came, whom they discussed, what was decided, who does it by when, and what it was good for."""
