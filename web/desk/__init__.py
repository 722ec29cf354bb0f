"""The centre's desk, by subject: queues, cases, tasks, letters that could not be delivered, the days of 15 March."""

from web.desk import cases, corrections, drafts, errands, keys, letters, marks, pledges, queues, record, surge, tasks
from web.desk.door import pages

__all__ = [
    "cases", "corrections", "drafts", "errands", "keys", "letters", "marks",
    "pages", "pledges", "queues", "record", "surge", "tasks",
]  # fmt: skip
