"""`icc demo`: a believable Morecambe Bay, pushed through the public interfaces as its real clients would push it.

What is real is named with its source in `bay.toml`; everything else is invented from a seed, and notes beside the figures
say so. The same seed, size and month give the same bodies, and a second run repeats the first one's keys.

| question | file |
| --- | --- |
| which figures are real, and what is assumed of communities? | bay.toml, figures.py |
| for which months, practices and people is it made? | scene.py |
| how many people are registered, and go to an emergency department? | lists.py |
| who is admitted, and what is the effect of the falls programme? | admissions.py |
| what does the Bay plan, and when are shares made anew? | plans.py |
| what do communities promise and say? | promises.py |
| who are the people, and what was measured of them? | people.py, measurements.py |
| who is referred, and what becomes of them? | lives.py, messages.py, casework.py |
| what do meetings discuss? | meetings.py |
| what says that it is invented? | notes.py |
| in whose name is it sent, and how? | sending.py |
| what is sent in which order? | steps.py |
| how is it asked for, and its progress shown? | command.py |
"""
