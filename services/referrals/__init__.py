"""The referrals service: how people reach their community's care team, and the only place that knows who they are.

Words: a *referral* asks that a person be helped on a *pathway*; the community that works for the person is its `icc`,
the team whose list it stands on its `team`. *Hot* work (two hours, discharges) goes to an urgent team. A referral that
finds no community is `unrouted`, never refused. *Tracing* means that the person's NHS number is still to be found.

| question | file |
| --- | --- |
| where is a referral taken in? | intake/routes.py, intake/actions.py |
| where is it read, listed, searched for? | records/routes.py, records/actions.py |
| what may a sender write, and what is it told? | intake/schemas.py, intake/answers.py |
| which rules decide that a referral is wrong? | intake/rules.py |
| when is an NHS number valid? | identity/rules.py |
| when are two records under one number of two people? | identity/rules.py, intake/statement.py |
| how does a person get an NHS number, and how do two records become one? | tracing/actions.py |
| when is a SNOMED CT code valid? | records/snomed.py |
| who works a referral, and by when? | pathways/rules.py |
| which pathways are there? | pathways/pathways.json |
| how is a referral stored in one statement? | intake/statement.py |
| what happens when it is sent again? | intake/replays.py |
| where is a referral triaged, answered, withdrawn, reopened? | triage/routes.py, triage/actions.py |
| how does it move to another community, team or practice? | transfers/actions.py, records/destinations.py |
| when do its clocks stand still, and what does that change? | pauses/actions.py, clocks/rules.py |
| what does it wait for next, on whose list, by when? | records/steps.py |
| which lists are there, and who reads them? | worklists/routes.py, worklists/actions.py |
| what stands on a list, and in which order? | worklists/queries.py, worklists/rules.py |
| which measures are repeated, when, and who says so? | repeat_measures/instruments.json, repeat_measures/actions.py |
| who has which referral? | worklists/actions.py |
| which step leads from which status to which? | records/states.py |
| what is recorded of every act? | records/events.py |
| which coded reasons are there? | triage/reason_codes.json, triage/reasons.py |
| how does a case open and end? | cases/actions.py, discharges/actions.py |
| which avoided visits count, where two statements may mean the same? | discharges/rules.py |
| where is a case read, and what is the same of everything recorded of it? | cases/routes.py, cases/actions.py |
| where are assessments, contacts and reviews recorded? | assessments/, contacts/, reviews/ |
| how does a hospital find a care plan? | care_plans/searching.py |
| where is a care plan written, read and audited? | care_plans/routes.py, care_plans/actions.py |
| how do plan and discharge summary become documents, on paper and in FHIR? | printing/papers.py, printing/composing.py |
| how is a partner asked, and how does it answer? | onward/routes.py, onward/actions.py |
| what does a partner's one-time link show? | onward/links.py, onward/page.py |
| which partners and services are there, from the first day on? | directory/directory.json, directory/catalogue.py |
| where is the directory written and searched? | directory/actions.py, directory/finding.py |
| when is an entry of the directory stale? | directory/rules.py |
| who is told that a partner's answer is overdue? | onward/jobs.py |
| where are forum meetings, insights and trainings told? | community/routes.py, community/actions.py |
| what does a community need, and what of it do others read? | needs/queries.py, needs/rules.py |
| where are events planned, taken from a calendar, and reported? | events/routes.py, events/actions.py |
| which days has an event that recurs? | events/recurrence.py |
| which results of an event cannot be? | events/rules.py |
| how is a calendar read and written? | events/calendars.py |
| what does Open Referral UK see? | directory/open_referral.py |
| what was agreed to, and what ends when it is taken back? | consents/rules.py, consents/actions.py |
| who cares for the person of a case? | carers/routes.py, carers/actions.py |
| who was told what of a person, and who broke the glass? | disclosures/routes.py, disclosures/actions.py |
| what does a multidisciplinary meeting discuss, agree and come to? | meetings/routes.py, meetings/actions.py, meetings/answers.py |
| which kinds of meetings are there, and who may hear of a person there? | meetings/kinds.json, meetings/catalogue.py |
| how is a list of people at risk taken, and who learns who they are? | case_finding/rules.py, case_finding/actions.py |
| who reads such a file, and in which forms may it come? | case_finding/list_child.py, case_finding/files.py |
| who is invited from a cohort, and what follows from the answer? | case_finding/inviting.py |
| at which score does a band of frailty begin? | case_finding/bands.json, case_finding/catalogue.py |
| where do national messages (FHIR) come in, and in which order are they checked? | fhir/actions.py, fhir/reading.py |
| which use cases does the national door offer? | fhir/use_cases.json, fhir/use_cases.py |
| what of a message becomes which member of a referral? | fhir/commands.py |
| what does a later message change, and when is it stale? | fhir/changes.py |
| what is a sender told, and how often is it tried? | deliveries/rules.py, shared/deliveries/rules.py, fhir/answering.py, fhir/outcomes.py |
| who are we to the national proxy? | deliveries/clients.py |
| how is a care plan a CarePlan, and a referral a Task? | fhir/plans.py, fhir/working.py |
| which pages are there for who has a browser? | pages/routes.py, pages/record.py, pages/sheets.py |
| which of their forms does what? | pages/by_form.py, pages/acts.py, pages/hands.py, pages/refer.py, pages/saying.py |
| what is a form told that is wrong? | pages/faults.py |
| what are webhooks told of a referral, and whose? | records/webhooks.py, shared/deliveries/ |
| which columns are there? | records/tables.py, intake/tables.py |
| what is encrypted, and how is it found again? | records/encryption.py |
| who sees which referral? | records/rules.py, records/scope.py |
| which addresses are refused, since they would name a person? | addresses.py |
| which figures leave this service? | facts.py |
| what is counted of worklists and cases once a day? | snapshots/rules.py, snapshots/actions.py |
| what runs in the background? | worker.py |
| which settings are there? | settings.py |
"""
