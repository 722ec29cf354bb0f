"""What a browser says it is, in two words for the list of sessions; the rest of what it says is not kept."""

BROWSERS = (("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"),
            ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
           ("Macintosh", "Mac"), ("Linux", "Linux"))  # fmt: skip


def short(user_agent: str) -> str:
    """Browser and system, as "Chrome · Windows"; "" where it says neither."""
    return " · ".join(filter(None, (_first(user_agent, BROWSERS), _first(user_agent, SYSTEMS))))


def _first(user_agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in names if mark in user_agent), "")
