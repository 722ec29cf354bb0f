"""The one module that enqueues. What it carries are *pull* jobs: "expire what is due", "deliver what is due".

A job names no case and no notice: the worker asks the database. So a lost queue loses nothing, and a queue that is
long enough need not grow.
"""

import uuid
from functools import cache
from typing import Literal, get_args

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from complaints import stores
from complaints.config import settings

Kind = Literal["expire", "deliver", "beside"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WORK: dict[Kind, str] = {
    "expire": "complaints.jobs.expire_due",
    "deliver": "complaints.jobs.deliver_due",
    "beside": "complaints.jobs.beside_due",
}

Away = RedisError  # what every function here raises while Redis cannot be used

MOST_WAITING = 8  # pull jobs of one kind on the queue; each works until nothing is due
JOB_SECONDS = 120  # a pull job stops by itself after about 20
FAILURE_SECONDS = 3600  # how long a failed job can be looked at


@cache
def connection() -> "Redis":
    """This process's connection to Redis. It fails fast: callers try again at their next turn."""
    url = stores.redis_url(settings(), start=False)
    return Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5, retry=Retry(NoBackoff(), 1))


def queue(kind: Kind) -> Queue:
    """The queue of one kind of work."""
    return Queue(f"complaints-{kind}", connection=connection(), serializer=JSONSerializer)


def enqueue_pull(kind: Kind, jobs: int) -> int:
    """Have up to `jobs` workers pull work of this kind; returns how many jobs were added to those already waiting."""
    line = queue(kind)
    missing = min(jobs, MOST_WAITING) - line.count
    for _ in range(missing):
        line.enqueue_call(
            WORK[kind],
            job_id=f"{kind}-{uuid.uuid4().hex}",
            timeout=JOB_SECONDS,
            result_ttl=0,
            failure_ttl=FAILURE_SECONDS,
        )
    return max(0, missing)


def queue_lengths() -> dict[str, int]:
    """How many pull jobs are waiting, by kind."""
    return {kind: queue(kind).count for kind in KINDS}


def lengths_at_once() -> dict[str, int]:
    """The same for somebody who does not wait. Raises Away."""
    with stores.in_a_hurry(settings()) as hurried:
        return {kind: Queue(queue(kind).name, connection=hurried).count for kind in KINDS}


def workers_at_once() -> int:
    """How many workers have shown themselves lately, for somebody who does not wait. Raises Away."""
    with stores.in_a_hurry(settings()) as hurried:
        return Worker.count(connection=hurried)
