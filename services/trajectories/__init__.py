"""The trajectories service: how communities are doing, measured fairly. It knows counts, never people.

Words: a *fact* is one cell of one measure as its author published it; a *figure* is a sum of cells for a place and a
window of months; a *protected* figure is one whose small counts are hidden. Figures are *partial* when something that was
expected is missing and *not supplied* when nothing came, which is not 0: only what the platform counts itself is 0 where it
counted none. The *whole* is the system all communities are in.
An *author* is the service that publishes a fact; an *epoch* is one life of its facts, over when they are derived anew.

| question | file |
| --- | --- |
| which measures are there? | measures/catalogue.toml |
| what does a declaration mean, and is it sound? | measures/catalogue.py |
| where is the catalogue shown, and in which words? | catalogue/routes.py, catalogue/descriptions.py |
| which address answers questions about performance? | performance/routes.py |
| what may be asked? | performance/schemas.py |
| how does a query become a question, and when is it refused? | performance/questions.py, performance/rules/question.py |
| from question to answer: what is read, made and kept? | performance/reporting.py |
| how are the facts of an answer read? | performance/queries.py |
| which months does a point cover? | performance/rules/periods.py |
| what counts to a community, network or council? | performance/rules/places.py |
| when is a figure partial or not supplied? | performance/rules/figures.py |
| who sees true figures? | performance/rules/audience.py |
| how are small numbers protected? | performance/rules/protection.py, performance/rules/view.py |
| which months, places and codes does a question reach? | performance/reach.py |
| how do points and charts of a series come about? | performance/series.py |
| what is a reader told beside the figures? | performance/notes.py |
| what does an answer hold? | performance/answers.py |
| how do JSON, CSV and workbooks come about? | performance/renderings.py |
| which answers are kept, and for how long? | performance/kept.py |
| when is a change more than chance? | spc/rules.py, spc/profiles.py |
| where are facts pulled from the other services? | ingest/jobs.py, ingest/clients.py |
| how is a page of facts kept, and a new epoch put in force? | ingest/actions.py |
| how far was each author read? | ingest/queries.py, ingest/routes.py |
| which tables are there? | ingest/tables.py, tables.py |
| what can go wrong, in a reader's words? | errors.py |
| what runs in the background? | worker.py |
| which settings are there? | settings.py |
"""
