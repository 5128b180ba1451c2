"""`python -m xqute_testing.gridengine` runs a cell for a shell."""

import subprocess
import sys


def test_it_serves_a_shell(tmp_path):
    command = [sys.executable, "-m", "xqute_testing.gridengine", tmp_path / "a cell"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        settings = served.stdout.readline()
        ended = subprocess.run(
            ["sh", "-c", f"{settings} qsub -b y -h -N ours true"],
            capture_output=True,
            text=True,
            check=True,
        )
        served.terminate()
    assert ended.stdout == 'Your job 1 ("ours") has been submitted\n'
    assert served.returncode == 0
    assert not (tmp_path / "a cell").exists()
