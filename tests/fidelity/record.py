"""Records the answers of the real Grid Engine in the table.

python tests/fidelity/record.py [FILE...]
"""

import sys
from pathlib import Path

import rows
from clusters import RealCluster


def main(names):
    cluster = RealCluster()
    cluster.make_ready()
    for path in [Path(name) for name in names] or sorted(rows.FOLDER.glob("*.txt")):
        recorded = [row.text(cluster.run(row)) for row in rows.read(path)]
        path.write_text("\n".join(recorded))


if __name__ == "__main__":
    main(sys.argv[1:])
