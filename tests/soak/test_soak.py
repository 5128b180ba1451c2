"""A small soak; that soak finds what grows; and several producers, one after another."""

import asyncio
import gc
import importlib.util
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from xqute import Job, Xqute

SOURCE = Path(__file__).parents[2] / "benchmarks/soak.py"


@pytest.fixture(scope="module")
def soak():
    spec = importlib.util.spec_from_file_location("soak", SOURCE)
    module = sys.modules["soak"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["soak"]


def test_a_short_one(soak, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(soak, "_IDLE", 0.0)
    monkeypatch.setattr(soak.Sample, "grown_since", lambda *_, keep: [])
    good = asyncio.run(soak.soak(100, None, tmp_path, keep=False))
    said = capsys.readouterr().out
    assert good, said
    # A job that is killed at once may have started.
    assert "3 FAILED, 94 FINISHED, " in said
    assert "; 8 retries" in said
    assert list((tmp_path / "jobs").iterdir()) == [tmp_path / "jobs" / "producer.lock"]


@pytest.fixture
def samples(soak):
    first = soak.Sample(10_000, 100_000_000, 0, threads=8, files=11, tasks=5)
    return [first, replace(first, jobs=20_000, memory=104_900_000)]


def test_what_is_flat(soak, samples):
    assert soak.verdict(samples, keep=False)


@pytest.mark.parametrize(
    "grown", [{"memory": 105_100_000}, {"threads": 9}, {"files": 12}, {"tasks": 6}]
)
def test_what_is_not(soak, samples, grown):
    assert not soak.verdict([*samples, replace(samples[-1], **grown)], keep=False)


def held():
    gc.collect()
    kept = [found for found in gc.get_objects() if isinstance(found, Job | Xqute)]
    return len(kept), threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


def test_producers_in_succession_leave_nothing(tmp_path):
    async def one(number):
        async with Xqute(job_metadir=tmp_path / str(number), scheduler_forks=4) as xqute:
            for _ in range(5):
                await xqute.push(["true"])

    async def several():
        await one(0)
        before = held()
        for number in range(1, 20):
            await one(number)
        return before, held()

    before, after = asyncio.run(several())
    assert after[0] <= 5, "of the last one, at most"
    assert after[1:] == before[1:]
