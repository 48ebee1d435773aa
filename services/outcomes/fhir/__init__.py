"""The FHIR R4 door of outcomes: a measurement as an Observation or a QuestionnaireResponse, in and out."""
