"""What each command does and prints. The qmaster runs this code, not the caller's process."""

from collections.abc import Callable, Mapping

from .._cell import Cell
from .._request import Answer, Request
from ._qacct import qacct
from ._qdel import qdel
from ._qhold import qhold, qrls
from ._qmod import qmod
from ._qstat import qstat
from ._qsub import qsub
from ._unreachable import no_qmaster as no_qmaster

COMMANDS: Mapping[str, Callable[[Cell, Request], Answer]] = {
    "qsub": qsub,
    "qstat": qstat,
    "qdel": qdel,
    "qacct": qacct,
    "qhold": qhold,
    "qrls": qrls,
    "qmod": qmod,
}
