"""What a new password may not be (NIST SP 800-63B, 5.1.1.2): too short, or among the first that anybody would try."""

import unicodedata
from functools import cache
from itertools import pairwise
from pathlib import Path

SHORTEST = 8
LONGEST = 1000


def faults(password: str, login: str = "", name: str = "") -> list[str]:
    """What is wrong with a password, as message keys. No rule asks for kinds of characters: length is what counts."""
    if len(password) < SHORTEST:
        return [f"too_short:{SHORTEST}"]
    if len(password) > LONGEST:
        return [f"too_long:{LONGEST}"]
    typed = _bare(password)
    own = {_bare(login), _bare(login)[::-1], _bare(login.partition("@")[0]), _bare(name)} - {""}
    if typed in own or any(typed == each * (len(typed) // len(each)) for each in own):
        return ["is_the_login"]
    return ["too_common"] if _easy(typed) else []


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _easy(typed: str) -> bool:
    """One of the list, with figures or signs hung on it too; or one that a finger slides along or repeats."""
    stem = typed.rstrip("0123456789!.@#*?~_-")
    steps = {ord(after) - ord(before) for before, after in pairwise(typed)}
    repeated = any(typed == typed[:n] * (len(typed) // n) for n in range(1, 4) if len(typed) % n == 0)
    return typed in common() or (stem in common() and len(typed) < 12) or steps in ({1}, {-1}) or repeated


@cache
def common() -> frozenset[str]:
    """The words that are tried first, from the file beside this one."""
    text = Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.split("\n") if line and not line.startswith("#"))
