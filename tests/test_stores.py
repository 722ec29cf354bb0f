"""The embedded Redis: started once, reused, private, disposable, and gone when its parent is gone."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from complaints import queue, stores
from complaints.config import Settings, settings
from complaints.errors import Misconfigured
from tests.servers import ValkeyServer, wait_until

STARTER = (
    "import sys, time; from complaints import stores; from complaints.config import settings;"
    "print(stores.redis_url(settings()), flush=True); time.sleep(60)"
)


@pytest.fixture
def embedded(settings_env: Callable[..., None]) -> Iterator[Settings]:
    yield settings()
    stores.stop(settings())


def client(url: str) -> "redis.Redis":
    return redis.Redis.from_url(url, decode_responses=True)


def process_id(url: str) -> int:
    with client(url) as connection:
        return int(connection.info("server")["process_id"])


def test_the_url_in_the_settings_wins(valkey: ValkeyServer) -> None:
    assert stores.redis_url(settings()) == valkey.url
    assert not (settings().data_dir / "redis").exists()


def test_it_is_started_once_and_reused(embedded: Settings) -> None:
    first = process_id(stores.redis_url(embedded))
    assert process_id(stores.redis_url(embedded)) == first
    stores.stop(embedded)
    assert not stores.answers(stores.redis_url(embedded, start=False))


def test_many_starters_start_one_server(embedded: Settings) -> None:
    urls: list[str] = []
    threads = [threading.Thread(target=lambda: urls.append(stores.redis_url(embedded))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(urls)) == 1
    with client(urls[0]) as connection:
        assert connection.ping()
    log = (embedded.data_dir / "redis" / "valkey.log").read_text() if embedded.data_dir.exists() else ""
    assert "Failed" not in log


def test_only_its_owner_reaches_the_socket(embedded: Settings) -> None:
    stores.redis_url(embedded)
    socket = stores.socket_path(embedded)
    assert socket.parent.stat().st_mode & 0o077 == 0
    assert socket.stat().st_mode & 0o077 == 0


def test_a_long_data_folder_gets_its_socket_elsewhere(settings_env: Callable[..., None], tmp_path: Path) -> None:
    settings_env(DATA_DIR=tmp_path / ("long" * 30))
    url = stores.redis_url(settings())
    try:
        assert len(os.fsencode(stores.socket_path(settings()))) < stores.MAX_SOCKET_BYTES
        assert stores.answers(url)
        assert stores.socket_path(settings()).parent.stat().st_mode & 0o077 == 0
    finally:
        stores.stop(settings())
        for left in stores.socket_path(settings()).parent.iterdir():
            left.unlink()
        stores.socket_path(settings()).parent.rmdir()


def test_a_folder_behind_a_symbolic_link_is_refused(embedded: Settings, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (embedded.data_dir / "redis").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Misconfigured, match="belongs to somebody else"):
        stores.redis_url(embedded)


def test_what_was_queued_survives_a_clean_stop(embedded: Settings) -> None:
    with client(stores.redis_url(embedded)) as connection:
        connection.set("kept", "yes")
    stores.stop(embedded)
    with client(stores.redis_url(embedded)) as connection:
        assert connection.get("kept") == "yes"


def test_a_killed_server_comes_back(embedded: Settings) -> None:
    url = stores.redis_url(embedded)
    os.kill(process_id(url), signal.SIGKILL)
    wait_until(lambda: not stores.answers(url), 5, "the server to die")
    stores.keep(embedded)
    assert stores.answers(url)


def test_an_unreadable_file_is_dropped_not_fatal(embedded: Settings) -> None:
    url = stores.redis_url(embedded)
    stores.stop(embedded)
    manifest = next((embedded.data_dir / "redis" / "appendonlydir").glob("*.manifest"))
    manifest.write_text("this is no manifest\n")
    assert stores.redis_url(embedded) == url
    assert stores.answers(url)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a watcher ends it within a second or two")
def test_it_dies_with_a_parent_that_is_killed(embedded: Settings) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        url = starter.stdout.readline().strip()
        assert stores.answers(url)
        starter.kill()
    wait_until(lambda: not stores.answers(url), 5, "the server to follow its parent")


def test_other_commands_only_connect(embedded: Settings) -> None:
    url = stores.redis_url(embedded, start=False)
    assert not stores.answers(url)
    assert not (embedded.data_dir / "redis").exists()


def test_pull_jobs_do_not_pile_up(valkey: ValkeyServer) -> None:
    assert queue.enqueue_pull("deliver", 3) == 3
    assert queue.enqueue_pull("deliver", 3) == 0
    assert queue.enqueue_pull("deliver", 1000) == queue.MOST_WAITING - 3
    assert queue.enqueue_pull("expire", 1) == 1
    assert queue.queue_lengths() == {"expire": 1, "deliver": queue.MOST_WAITING, "beside": 0}


def test_a_queue_that_is_away_says_so_quickly(valkey: ValkeyServer) -> None:
    valkey.stop()
    with pytest.raises(redis.RedisError):
        queue.enqueue_pull("deliver", 1)
    valkey.start()
    assert queue.enqueue_pull("deliver", 1) == 1
