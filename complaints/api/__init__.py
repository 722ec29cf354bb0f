"""The programming interface, /api/v1: for an enterprise's CRM, a hotline, an officer's tool, a consumer's app.

It parses, opens a transaction and calls the verbs that the pages call; no rule is written here. `operations.py` says
what every operation has in common, `specification.py` makes the OpenAPI document of them.
"""
