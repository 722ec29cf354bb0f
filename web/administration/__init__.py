"""For the administrator: health, users, enterprises, calendars, policies, and the trail of what was done."""

from web.administration import calendars, campaigns, enterprises, health, merging, policies, trail, users
from web.administration.place import pages

__all__ = ["calendars", "campaigns", "enterprises", "health", "merging", "pages", "policies", "trail", "users"]
