"""What is known of a person as a document: the care plan on paper, the discharge summary on paper and in FHIR.

| question | file |
| --- | --- |
| who gets a document, and where is that recorded? | actions.py |
| what stands on the paper, and in which order? | papers.py |
| how does the paper look? | document.typ |
| what does the FHIR document hold, under which codes? | composing.py |
"""
