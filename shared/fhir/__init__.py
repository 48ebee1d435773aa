"""What every FHIR R4 door of a service needs: bodies in, resources and problems out, a capability statement.

| question | file |
| --- | --- |
| how is a resource read, and what is refused in all of them? | resources.py |
| which parts do several resources have? | datatypes.py |
| how is a problem told as an OperationOutcome? | operation_outcomes.py |
| what does `metadata` say? | capabilities.py |
| where is its route? | shared/service/routes/fhir.py |
"""
