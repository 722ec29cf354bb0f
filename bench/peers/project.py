"""django-helpdesk as somebody would install it on PostgreSQL, in one file. Runs in bench/.peer-venv, never in ours.

    python project.py prepare N   tables, letters, one queue that escalates, a member of staff, N open tickets
    python project.py serve PORT  waitress with as many threads as the product's
    python project.py escalate    its own command; prints the seconds that it took, without starting Python

Where it stands better than in an installation: its mail goes nowhere and costs nothing, though it sends within the
request; DEBUG is off; sessions and everything else are as they come.
"""

import os
import sys
import time
from datetime import timedelta

import django
import waitress
from django.conf import settings
from django.core.management import call_command
from django.urls import include, path
from django.utils import timezone

THREADS = 8
ESCALATE_DAYS = 10
PASSWORD = "a long password for the bench"
TEXT = "The kettle leaked on its second day, and nobody has answered my calls since. " * 8

settings.configure(
    SECRET_KEY="the bench's own",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    SITE_ID=1,
    LOGIN_URL="/login/",
    STATIC_URL="/static/",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    HELPDESK_KB_ENABLED=False,
    HELPDESK_TEAMS_MODEL="auth.User",  # as its documentation says for whoever has no teams
    HELPDESK_TEAMS_MIGRATION_DEPENDENCIES=[],
    HELPDESK_KBITEM_TEAM_GETTER=lambda _: None,
    HELPDESK_PUBLIC_TICKET_QUEUE="complaints",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ.get("PEER_DATABASE", "peer"),
            "USER": "postgres",
            "HOST": os.environ.get("PEER_HOST", ""),
            "CONN_MAX_AGE": 600,
        }
    },
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.sites",
        "django.contrib.humanize",
        "django.contrib.staticfiles",
        "django.contrib.admin",
        "rest_framework",
        "helpdesk",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402 (only after setup)
from django.core.wsgi import get_wsgi_application  # noqa: E402
from helpdesk.models import Queue, Ticket  # noqa: E402

urlpatterns = [path("", include("helpdesk.urls"))]


def prepare(count: int) -> None:
    """Everything that must stand before the first request."""
    call_command("migrate", verbosity=0)
    call_command("loaddata", "emailtemplate.json", verbosity=0)
    queue = Queue.objects.create(
        title="Complaints", slug="complaints", allow_public_submission=True, escalate_days=ESCALATE_DAYS
    )
    User.objects.create_superuser("staff", "staff@example.org", PASSWORD)
    now = timezone.now()
    tickets = (
        Ticket(
            title="A kettle", queue=queue, submitter_email=f"buyer{n}@example.org", description=TEXT, priority=3,
            status=Ticket.OPEN_STATUS, created=now, modified=now, secret_key=f"{n:036}",
        )
        for n in range(count)
    )  # fmt: skip
    Ticket.objects.bulk_create(tickets, batch_size=1000)


def make_due(count: int) -> None:
    """So many tickets were made long ago, the others today."""
    now = timezone.now()
    Ticket.objects.update(created=now, last_escalation=None, priority=3)
    chosen = Ticket.objects.order_by("id").values("id")[:count]
    Ticket.objects.filter(id__in=chosen).update(created=now - timedelta(days=ESCALATE_DAYS * 3))


def escalate() -> None:
    """Its command, in the time it takes."""
    began = time.perf_counter()
    call_command("escalate_tickets")
    print(time.perf_counter() - began)  # noqa: T201 (to whoever started us)


def main(role: str, *more: str) -> None:
    """Be what the arguments say."""
    if role == "prepare":
        prepare(int(more[0]))
    elif role == "due":
        make_due(int(more[0]))
    elif role == "escalate":
        escalate()
    else:
        waitress.serve(get_wsgi_application(), host="127.0.0.1", port=int(more[0]), threads=THREADS, _quiet=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
