"""What people give as a reason in courses: short, masked, kept for ever."""

from complaints.errors import BadInput
from complaints.workflow.sight import mask

LONGEST = 2000


def given(text: str) -> str:
    """A reason that must be given. Raises BadInput for `reason`."""
    text = mask(text.strip())
    if not text:
        raise BadInput("a reason must be given", {"reason": ["required"]})
    if len(text) > LONGEST:
        raise BadInput("too long a reason", {"reason": [f"too_long:{LONGEST}"]})
    return text
