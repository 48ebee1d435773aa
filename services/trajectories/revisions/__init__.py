"""The past of a figure: every value that it ever had, from when until when, and where each came from."""
