"""What people give as a reason in courses: short, masked, kept for ever."""

from complaints.errors import BadInput
from complaints.workflow.sight import mask

LONGEST = 2000


def given(text: str) -> str:
    """A reason that must be given. Raises BadInput for `reason`."""
    text = noted(text)
    if not text:
        raise BadInput("a reason must be given", {"reason": ["required"]})
    return text


def noted(text: str) -> str:
    """A note that may be left out. Raises BadInput for `reason` where it is too long."""
    text = mask(text.strip())
    if len(text) > LONGEST:
        raise BadInput("too long a reason", {"reason": [f"too_long:{LONGEST}"]})
    return text
