"""Questionnaires in and out: XLSForm, REDCap and LimeSurvey in; XLSForm, REDCap and FHIR out."""
