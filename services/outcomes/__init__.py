"""outcomes: council feeds, and measurements of people. It knows people by pseudonym only.

Words: a *feed* is a return a council sends (reablement, carers); a *layout* is how one council prints it; a
*submission* is one file of it; a *figure* is one count in it; a submission *covers* months of tables and stands *in
force* until another covers them; a *finding* is an error or a warning of a file, a *fault* what is wrong with one cell.

| question | file |
| --- | --- |
| which feeds, tables, categories and measures are there? | feeds/declared/reablement.json, feeds/declarations.py |
| how does a council print its table? | feeds/declared/layouts/cumbria-reablement.json |
| what is a reader given and asked, and what does it answer? | feeds/exchange.py |
| what keeps parsing from hurting the process? | feeds/parse_process.py, feeds/parse_child.py |
| which reader and which form for which file? | feeds/parsing.py |
| which files are read, and what is refused before parsing? | feeds/text_readers.py, shared/workbooks |
| what does every reader give, and what may a cell hold? | shared/workbooks/sheets.py |
| what is a count, and which marks are none? | feeds/counts.py |
| how are people kept out of returns? | feeds/privacy.py, shared/workbooks |
| how is the long form found and read? | feeds/long_header.py, feeds/long_form.py |
| how is a printed table found and read, and what do its labels mean? | feeds/printed_blocks.py, feeds/printed.py, feeds/printed_labels.py, feeds/printed_table.py |
| how is a feed reconciled, and which cell is named? | feeds/reconciliation.py |
| which quarter do titles and months name, and which one fits? | feeds/titles.py, feeds/periods.py, feeds/written_months.py, feeds/wrong_periods.py |
| which month or place does a label mean? | feeds/periods.py, feeds/places.py |
| what is a figure, and what an error or a warning? | feeds/reading.py, shared/workbooks/findings.py |
| which feed and period does a request name? | parameters.py |
| how does a file arrive, and is it the one that was sent? | submissions/routes.py, submissions/bodies.py |
| what happens between a post and its answer? | submissions/actions.py |
| what is a sender answered? | submissions/schemas.py, errors.py |
| who may send and see what? | submissions/rules.py |
| which submissions are there, and where do they stand? | submissions/queries.py |
| who reads a file in the background, and how does it wait? | submissions/jobs.py, submissions/sealing.py |
| how is a submission accepted or rejected? | submissions/deciding.py, submissions/tables.py |
| what does a file supersede or withdraw, and what stays? | submissions/consequences.py, submissions/rules.py |
| how do figures become facts? | facts.py |
| what does a resend change, and were its figures sent before? | submissions/comparing.py |
| what is missing from whom, and how late? | completeness/rules.py, completeness/queries.py, completeness/routes.py |
| when is a return due, and who is told? | signals/rules.py, signals/actions.py, completeness/jobs.py, completeness/signal_feed.py, completeness/webhooks.py |
| what does a round of a team's survey hold, and when is it shown? | surveys/rules.py, surveys/actions.py, surveys/figures.py |
| where does a sender find columns and templates? | catalogue/routes.py, catalogue/schemas.py, catalogue/templates.py, catalogue/printed_templates.py |
| which instruments are there, and what does one declare? | instruments/declared/swemwbs.toml, instruments/declarations.py, instruments/routes.py, instruments/schemas.py |
| how do answers become a score, a metric, a band? | instruments/scoring.py |
| what is better or worse than the first? | instruments/changes.py |
| how does a measurement arrive, and what is wrong with it? | measurements/routes.py, measurements/schemas.py, measurements/rules.py, measurements/places.py |
| how is a measurement stored, and a person made a pseudonym? | measurements/recording.py, measurements/drafts.py, measurements/statement.py, measurements/tables.py |
| who sees which measurements? | measurements/sight.py, measurements/queries.py |
| how is a measurement read, searched, corrected? | measurements/actions.py, measurements/answers.py |
| how do many measurements arrive at once? | measurement_batches/routes.py, measurement_batches/rules.py, measurement_batches/checking.py, measurement_batches/schemas.py |
| how is a batch stored, whatever the order of its lines? | measurement_batches/actions.py, measurement_batches/statements.py |
| how is a measurement sent, read and found by FHIR? | fhir/routes.py, fhir/schemas.py, fhir/reading.py, fhir/showing.py, fhir/codes.py, fhir/capability.py |
| how do measurements become a summary? | summaries/actions.py, summaries/queries.py, summaries/rules/tables.py, summaries/rules/pairs.py, summaries/rules/student.py |
| what is published of a summary? | summaries/rules/protection.py, summaries/rules/snapshots.py, summaries/publishing.py, summaries/tables.py |
| on which page is a measurement recorded? | checking/measuring.py, checking/measured.py |
| on which page is a return checked before it is sent, and how are its own rows shown? | checking/routes.py, checking/grid.py, feeds/showing.py |
| which figures do measurements make, and what looks back? | figures/rules.py, figures/cells.py, figures/queries.py |
"""
