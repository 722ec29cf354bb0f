"""What is said of one thing in English, where the page text is written for several. Chinese has one form for both."""

ONE = {
    "%(n)d cases": "%(n)d case",
    "%(n)d cases wait for your enterprise.": "%(n)d case waits for your enterprise.",
    "%(n)d complaints are behind this.": "%(n)d complaint is behind this.",
    "%(n)d days": "%(n)d day",
    "%(n)d days left": "%(n)d day left",
    "%(n)d enterprises.": "%(n)d enterprise.",
    "%(n)d letters will be tried again.": "%(n)d letter will be tried again.",
    "%(n)d messages are sent again.": "%(n)d message is sent again.",
    "%(n)d open cases are with a mediator who has a conflict with the other enterprise. Hand them over afterwards.": (
        "%(n)d open case is with a mediator who has a conflict with the other enterprise. Hand it over afterwards."
    ),
    "%(n)d rules differ": "%(n)d rule differs",
    "%(n)d times": "once",
    "%(n)d weeks": "%(n)d week",
    "%(n)d weeks ago": "%(n)d week ago",
    "%(n)d working days": "%(n)d working day",
    "%(n)d working days left": "%(n)d working day left",
    "%(n)d working days, as usual": "%(n)d working day, as usual",
    "Extension: %(n)d working days more.": "Extension: %(n)d working day more.",
    "Show the %(n)d earlier entries": "Show the earlier entry",
    "These data are %(n)d months behind.": "These data are %(n)d month behind.",
    "Too many tries with this log-in from here. Please wait %(n)d minutes and try again.": (
        "Too many tries with this log-in from here. Please wait %(n)d minute and try again."
    ),
    "of 5, by %(n)d consumers": "of 5, by %(n)d consumer",
}
