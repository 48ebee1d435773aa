"""The trajectories service: how communities are doing, measured fairly. It knows counts, never people.

Words: a *fact* is one cell of one measure as its author published it; a *figure* is a sum of cells for a place and a
window of months; a *protected* figure is one as it was published. A *cut*, or publication, is all that is shown to those without the right to exact figures. A figure is *partial* when something that belongs to it is
missing, and *not supplied* when nothing came, which is not 0. Only a count of the platform's own is 0 where it has none.
The *whole* is the system all communities are in. An *author* is the service that publishes a fact; an *epoch* is one life
of its facts, over when the author derives them anew.

| question | file |
| --- | --- |
| which measures are there? | measures/catalogue.toml |
| what does a declaration mean, and is it sound? | measures/catalogue.py |
| where do callers read the catalogue? | catalogue/routes.py, catalogue/schemas.py |
| which address answers questions about performance? | performance/routes.py |
| what may be asked, and when is it refused? | performance/questions.py |
| which months, places and codes does a question reach? | performance/rules/question.py |
| from question to answer: what is read and made? | performance/reporting.py |
| what is kept, and until when? | performance/keeping.py |
| which work leaves the event loop to others? | performance/aside.py, performance/reporting.py |
| how are the facts of an answer read? | performance/queries.py |
| how do points and charts of a series come about? | performance/answers.py |
| what counts to a community, network or council? | performance/rules/places.py |
| when is a figure partial or not supplied? | performance/rules/figures.py, performance/rules/figure.py |
| what does a cell count to? | performance/rules/cells.py |
| who sees true figures? | performance/rules/audience.py |
| which count is small, and how are others rounded? | performance/rules/protection.py |
| what does everybody else see, and where does an answer look it up? | performance/published.py, performance/tables.py |
| when is a cut made, and by whom? | publications/jobs.py, publications/routes.py |
| how is a cut made and stored? | publications/actions.py, publications/queries.py |
| which cells has a cut, and what do they show? | publications/rules/cutting.py, publications/rules/making.py |
| how is a figure taken apart, and what does each part show? | publications/rules/leaves.py, publications/rules/faces.py |
| what is hidden so that nothing can be worked out? | publications/rules/deciding.py, publications/rules/proving.py |
| how is that proved? | publications/rules/audit.py, publications/rules/ties.py, publications/rules/solver.py |
| what is a reader told beside the figures? | performance/notes.py |
| what stands in the matrix, and in which order? | matrix/routes.py, matrix/readings.py, matrix/rules.py |
| which pages are there, and what may their addresses say? | dashboard/routes.py, dashboard/schemas.py, dashboard/asking.py |
| what does the first page show, a measure's, a community's? | dashboard/glance.py, dashboard/measure.py, dashboard/comparing.py, dashboard/part.py, dashboard/community.py |
| why is a community behind, what waits there, how complete are its figures? | dashboard/why.py, dashboard/year_before.py, dashboard/waiting.py, dashboard/quality.py |
| how does the page of feeds know what is due of councils? | dashboard/clients.py, dashboard/returns.py |
| what do the pages of feeds and of a figure's past show? | dashboard/feeds.py, dashboard/past.py |
| how are figures put into words and small lines? | dashboard/rules.py, dashboard/figures.py |
| what does a community mean to do in a year? | annual_plans/routes.py, annual_plans/rules.py |
| what is a community's population like, and says who? | profiles/routes.py, profiles/profiles.toml |
| what is said beside the figures of a period? | commentaries/routes.py |
| how are places compared, and when do they differ by more than chance? | compare/routes.py, compare/rules.py |
| which values did a figure ever have? | revisions/routes.py, revisions/rules.py |
| how is a target set, and what is still needed for it? | targets/routes.py, targets/actions.py, targets/rules.py |
| what does a target come to, for whom? | targets/queries.py, targets/readings.py |
| what is noted beside a series, and what does a rebase do? | annotations/routes.py, performance/rules/beside.py |
| where does what stands beside a point come from? | performance/beside.py |
| what is signalled of figures, and to whom? | signal_feed/rules.py, signal_feed/jobs.py, signal_feed/routes.py, signal_feed/webhooks.py |
| how is a signal given once? | signals/tables.py, signals/actions.py |
| which notes make themselves? | annotations/rules.py, annotations/jobs.py |
| how do JSON, CSV and workbooks come about? | performance/renderings.py, performance/tabular.py |
| how does Parquet come about? | performance/parquet.py, performance/parquet_child.py |
| what stands on a chart, and in which words? | charts/routes.py, charts/rules.py |
| how is a chart drawn, and by whom? | charts/specification.py, charts/draw_child.py |
| what is drawn of what seldom happens? | spc/rare.py, performance/rules/kinds.py |
| who read exact figures, or took a file of them? | performance/exports.py |
| what does OpenAPI say of an answer? | performance/schemas.py |
| when is a change more than chance? | spc/rules.py |
| where are facts pulled from the other services? | ingest/jobs.py, ingest/clients.py |
| how is a page of facts kept, and a new epoch put in force? | ingest/actions.py |
| how are facts of this service itself written, and derived again? | ingest/authoring.py |
| how are thousands of cells of a month read as one row? | ingest/grouping.py, performance/queries.py |
| how far was each author read? | ingest/queries.py, ingest/routes.py |
| how does activity come in? | activity/routes.py, activity/bodies.py, activity/posting.py |
| how is a file counted without being kept, and by whom? | activity/count_process.py, activity/count_child.py, activity/counting.py, activity/files.py |
| how are a million records counted at once? | activity/large_count_child.py, activity/plain_blocks.py, activity/blocks.py |
| what does a row of activity mean? | activity/rules/counts.py, activity/rules/records.py, activity/rules/values.py |
| what does a file replace of what stands? | activity/actions.py, activity/rules/merging.py |
| what are rates per 1,000 registered divided by? | activity/rules/denominators.py |
| how is the Bay-wide trajectory set? | bay_trajectories/routes.py, bay_trajectories/actions.py |
| what must a year's plan say? | bay_trajectories/rules.py |
| how is a version of shares drafted, approved, rejected? | shares/routes.py, shares/actions.py |
| how are whole numbers made that add up? | shares/rules/whole_numbers.py |
| what is a version counted from, and where did that come from? | shares/known.py |
| which twelve months is a share counted over? | shares/rules/windows.py |
| who counts where in a version? | shares/rules/standing.py |
| what does one version say? | shares/rules/drafting.py |
| what is in force in a month, and on a frozen basis? | shares/in_force.py, shares/readings.py |
| how does the trajectory come beside a point of the report? | shares/points.py, performance/reporting.py |
| when does a version propose itself? | shares/jobs.py, shares/rules/calendar.py |
| which tables are there? | ingest/tables.py, activity/tables.py, tables.py |
| what can go wrong, in a reader's words? | errors.py |
| what runs in the background? | worker.py |
| which settings are there? | settings.py |
"""
