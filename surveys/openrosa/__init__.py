"""The door for ODK Collect and KoboCollect: forms out, submissions in, by the OpenRosa protocol.

Answers go the way of all others, through `submit_response`; what is special is the form they take
on the way. docs/odk.md describes both.
"""
