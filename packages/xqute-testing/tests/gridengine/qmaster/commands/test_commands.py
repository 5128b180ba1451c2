"""Options that the fake does not have are refused."""


def test_what_the_fake_does_not_have_is_refused(shell):
    for words in (["qstat", "-f"], ["qsub", "-sync", "y", "-b", "y", "true"], ["qdel", "-f", "1"]):
        ended = shell(*words)
        assert ended.returncode == 1
        assert "is not there in this fake Grid Engine" in ended.stderr
