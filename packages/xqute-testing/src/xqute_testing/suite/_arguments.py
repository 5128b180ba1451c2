"""Arguments arrive byte for byte, whatever is in them."""

from __future__ import annotations

import os

from xqute_testing.suite._base import Suite, quick
from xqute_testing.suite._contract import Promise
from xqute_testing.suite._stage import Stage

_ARRIVE = Promise(
    "README.md: Pushing a job; Job.wrap_cmd",
    "each argument arrives byte for byte, and no shell reads it",
)
#: Words that shells, batch systems and careless code often change.
WORDS = (
    "", " ", "a b", " lead", "trail ", "$HOME", "${HOME}", "$(id)", "`id -un`", "it's", "'", '"',
    'a"b', "\\", "a\\b", "\\n", "\\\\", "new\nline", "\n", "end\n", "tab\t", "\r", "*", "?", "[a]",
    "~", "#x", "\n#$ -q no", "!x", "-n", "-e", "--", "=", "a=b", "%s", "%", "{a,b}", ";true",
    "|cat", "&", ">file", "<file", "(", "é", "日本", "🚀", "\x01", "\x7f", "\udcff", "EOF",
    "\nEOF\n",
)  # fmt: skip


class Arguments(Suite):
    """Arguments arrive byte for byte, whatever is in them."""

    @quick
    async def test_each_word_arrives_byte_for_byte(self, stage: Stage) -> None:
        """With blanks, quotes, newlines, leading dashes, bytes that are not UTF-8, and empty."""
        (job,) = await stage.run(["printf", "%s\\0", *WORDS])
        wanted = [os.fsencode(word) for word in WORDS]
        arrived = job.stdout_file.read_bytes().split(b"\0")[:-1]
        assert arrived == wanted, _ARRIVE.broken(f"of {wanted} there arrived {arrived}")

    @quick
    async def test_numbers_and_paths_arrive_as_text(self, stage: Stage) -> None:
        """They are converted with `str`."""
        (job,) = await stage.run(["printf", "%s\\0", 1, 2.5, stage.work])
        arrived = job.stdout_file.read_bytes().split(b"\0")[:-1]
        wanted = [b"1", b"2.5", os.fsencode(stage.work)]
        assert arrived == wanted, _ARRIVE.broken(f"of {wanted} there arrived {arrived}")

    async def test_a_long_word_arrives(self, stage: Stage) -> None:
        """It has a hundred thousand characters."""
        word = "0123456789" * 10_000
        (job,) = await stage.run(["printf", "%s", word])
        arrived = job.stdout_file.read_text()
        assert arrived == word, _ARRIVE.broken(f"of {len(word)} characters {len(arrived)} arrived")

    @quick
    async def test_a_program_may_have_an_odd_name(self, stage: Stage) -> None:
        """Its path has blanks, quotes and a dollar sign."""
        program = stage.work / "a 'b' $c"
        program.write_text("#!/bin/sh\necho here\n")
        program.chmod(0o755)
        (job,) = await stage.run([program])
        assert await job.stdout() == "here\n", _ARRIVE.broken(f"{program} ended: {job.failure}")
