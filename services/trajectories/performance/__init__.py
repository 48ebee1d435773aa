"""The performance report: any measure, any community, any months, as it was known then or now.

`routes` hands the query to `reporting`, which serves kept bytes or makes an answer: `questions` understands the query,
`queries` reads the facts once, `answers` makes the one view of them by the `rules`, `notes` says what a reader must know,
`renderings` writes the bytes.
"""
