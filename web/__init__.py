"""The pages: public and consumer, enterprise portal, desk, administration, and the demo's own.

Server-rendered and whole without JavaScript. Pages parse, call a verb, and show; no rule of the workflow stands here.
"""

from web.app import create_app

__all__ = ["create_app"]
