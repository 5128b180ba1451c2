r"""The text of the wrapped script.

Plain POSIX sh, and built-ins only: an external command would cost as much as the job's own start.
Its parts, from top to bottom: the command as a function; the claim, taken by exclusive create
(`set -C`, POSIX "Shell Command Language", 2.7.2); the report, an EXIT trap that writes rc, then
status, then clears the lock; the command, in a subshell that it replaces. `exec` is what makes
`echo` the program and not the shell's built-in of that name, which would expand `\n`. The script's
own variables have a prefix: another one, of the environment, may have a common name.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from xqute._errors import InvalidValue


class ScriptExit(IntEnum):
    """How a wrapped script ends, for a scheduler that sees it.

    None is 99 or 100: Grid Engine takes them for "run it again" and "put it into an error state"
    (sge_shepherd(8)).
    """

    #: The result is in the files, whatever it is.
    REPORTED = 0
    #: The command was never started; the status file says why, if it could be written.
    NOT_STARTED = 73
    #: The command has ended, and its result could not be written.
    NO_REPORT = 74
    #: Another copy of this attempt had been started before; this one did nothing.
    CLAIMED = 75
    #: The command ran into its timeout; the result is in the files.
    TIMED_OUT = 124


# What a shell will not take as a variable, or not hand on as it is: names that are no identifiers
# (dash drops them), and those that shells keep for themselves. env(1) sets them.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
_SHELLS_OWN = re.compile(
    r"_|[EU]?UID|PPID|GROUPS|IFS|OPTIND|OPTARG|OPTERR|RANDOM|LINENO|SECONDS|S?RANDOM|SHELLOPTS"
    r"|EPOCH(SECONDS|REALTIME)|SHLVL|PWD|OLDPWD|DIRSTACK|FUNCNAME|PIPESTATUS|HIST\w*|COMP_\w*"
    r"|PS[0-9]|ENV|BASH\w*\Z",
    re.ASCII,
)


# By its path: the job's own PATH may have no env.
_ENV = "/usr/bin/env"


def is_plain_variable(name: str) -> bool:
    """Return whether every POSIX shell hands on a variable of this name unchanged."""
    return _PLAIN.match(name) is not None and _SHELLS_OWN.fullmatch(name) is None


class ScriptParts(NamedTuple):
    """What a wrapped script is made of.

    Attributes:
        shell: The absolute path of the shell.
        title: One line that says which job this is, without a newline.
        name: The file name of the script itself, without a newline.
        folder: The absolute path of the job's folder.
        claim: The absolute path of the claim of this attempt.
        cmd: The words of the command.
        env: Variables to set for the command.
        cwd: The absolute path of its working folder.
        timeout: Seconds it may run, None for no limit.
        kill_grace: Seconds from SIGTERM to SIGKILL when the timeout is over.
        directives: Comment lines for the scheduler, right below the first line.
        uid: A shell expression for the scheduler's id of the job, as `$JOB_ID`; it tells a job that
            the scheduler runs again from a second copy. Empty: no job is ever run again.
        notes: Words that the shell expands, as `host $HOSTNAME`, to be added to the claim.
    """

    shell: str
    title: str
    name: str
    folder: str
    claim: str
    cmd: tuple[str, ...]
    env: Mapping[str, str] | None
    cwd: str
    timeout: float | None
    kill_grace: float
    directives: Sequence[str] = ()
    uid: str = ""
    notes: str = ""


def render(parts: ScriptParts) -> str:
    """Return the wrapped script for one attempt of a job.

    Raises:
        InvalidValue: The program's name holds `=`, while it, or a variable of the job, needs
            env(1), which would take it for a variable.
    """
    directives = "".join(f"{line}\n" for line in parts.directives)
    exports, command = _command(parts)
    start_timer = stop_timer = told = ""
    if parts.timeout is not None:
        start_timer = _START_TIMER.format(timeout=parts.timeout, grace=parts.kill_grace)
        stop_timer, told = _STOP_TIMER, ' "$xqute_claim"'
        shell = f'{_quote(parts.shell)} -c {_quote(_TELL_PID)} "$1"'
        command = f"exec {shell} {command.removeprefix('exec ')}"
    return _SCRIPT.format(
        shell=parts.shell,
        directives=directives,
        title=parts.title,
        name=parts.name,
        exports=exports,
        command=command,
        cwd=_quote(parts.cwd),
        folder=_quote(parts.folder),
        claim=_quote(parts.claim),
        taken=_TAKEN_BUT_BY_ITSELF.format(uid=parts.uid) if parts.uid else _TAKEN,
        uid=f'echo "uid {parts.uid}" >>"$xqute_claim"\n' if parts.uid else "",
        notes=f" {parts.notes}" if parts.notes else "",
        start_timer=start_timer,
        told=told,
        stop_timer=stop_timer,
    )


def _quote(text: str) -> str:
    """Return `text` as one word for a shell, in which no line begins like a directive.

    qsub(1) takes every line of a script that begins with `#$` for one, wherever it stands.
    """
    return shlex.quote(text).replace("\n#", "\n'\\#'")


def _command(parts: ScriptParts) -> tuple[str, str]:
    """Return the lines that set variables, and the line that becomes the command."""
    words = " ".join([_quote(word) for word in parts.cmd])
    exports, odd = "", ""
    for name, value in (parts.env or {}).items():
        if is_plain_variable(name):
            exports += f"    export {name}={_quote(value)}\n"
        else:
            odd += f"{_quote(f'{name}={value}')} "
    # bash takes a name with a leading dash for an option of exec, and dash knows no `--` there.
    if not odd and not parts.cmd[0].startswith("-"):
        return exports, f"exec {words}"
    if "=" in parts.cmd[0]:
        raise InvalidValue(
            f"the program {parts.cmd[0]!r} has to be started by env(1), which takes it for a "
            f"variable: give its path, without odd variables such as {odd or 'a.b=c'}"
        )
    return exports, f"exec {_ENV} -- {odd}{words}"


_SCRIPT = """\
#!{shell}
{directives}# {title}
# To run just the command, here and now: sh {name} run

command_of_job() {{
{exports}    {command}
}}

xqute_folder={folder}
xqute_claim={claim}
xqute_rc= xqute_why= xqute_caught= xqute_begun=

never_started() {{
    echo "FAILED NEVER_STARTED $1" >>"$xqute_folder/job.status"
    trap - EXIT
    exit 73
}}

taken() {{
    echo "xqute: a copy of this attempt has begun, see $xqute_claim; to run the command: $0 run" >&2
    exit 75
}}

if [ "${{1-}}" = run ]; then
    cd {cwd} && command_of_job /dev/null
    exit
fi

# The first copy of this attempt takes the claim; any other ends here.
set -C
{taken}set +C
{uid}
report() {{
    [ -n "$xqute_rc" ] || never_started "the wrapped script ended before its command"
    echo "$xqute_rc" >"$xqute_folder/job.rc" || exit 74
    {{
        times
        case $xqute_rc$xqute_why in
            0) echo FINISHED ;;
            *) echo "FAILED$xqute_why$xqute_caught" ;;
        esac
    }} >>"$xqute_folder/job.status"
    # Emptied only where it holds something: a change to a file's size may cost a disk write.
    [ ! -s "$xqute_folder/job.lock" ] || true >"$xqute_folder/job.lock"
}}
trap report EXIT
for xqute_signal in HUP INT QUIT TERM USR1 USR2 XCPU; do
    # The command gets the signal too, or is left alone; this script stays to tell how it ended.
    trap "xqute_caught=' caught $xqute_signal'" "$xqute_signal"
done

echo "pid $${notes}" >>"$xqute_claim" || never_started "cannot write to its claim"
{{
    cd {cwd} 2>&4 || never_started "cannot enter the working folder"
    echo RUNNING >>"$xqute_folder/job.status" || never_started "cannot write to job.status"
    [ -z "$xqute_caught" ] || never_started "${{xqute_caught# }}"
{start_timer}    (command_of_job{told}) </dev/null >&3 2>&4 3>&- 4>&-
    xqute_rc=$?
}} 3>"$xqute_folder/job.stdout" 4>"$xqute_folder/job.stderr" || never_started "cannot write output"
{stop_timer}exit 0
"""

_TAKEN = """\
true 2>/dev/null >"$xqute_claim" || {
    [ -e "$xqute_claim" ] || never_started "cannot make its claim"
    taken
}
"""

# What a scheduler runs again after a host crash keeps its id; a second copy has another one.
_TAKEN_BUT_BY_ITSELF = """\
true 2>/dev/null >"$xqute_claim" || {{
    [ -e "$xqute_claim" ] || never_started "cannot make its claim"
    read -r xqute_begun <"$xqute_claim"
    if [ "$xqute_begun" != "uid {uid}" ] || [ -e "$xqute_folder/job.rc" ]; then
        taken
    fi
    echo "again" >>"$xqute_claim"
}}
"""

# The timer is a subshell with a sleep(1): no built-in waits. It reads the command's PID from the
# claim, where a shell wrote its own before the command replaced it. Where it writes is an argument,
# which no variable of the job can change; when the command is run by hand, that is /dev/null.
# The timer is ended by a signal that the script does not trap: dash loses one that comes before the
# subshell has undone the traps of its parent.
_TELL_PID = 'echo "command $$" >>"$0"; exec "$@"'

_START_TIMER = """\
    timer() {{
        late=0 pid=
        trap 'kill "$!" 2>/dev/null; exit "$late"' ALRM
        PATH=$PATH:/usr/bin:/bin
        sleep {timeout:f} &
        wait "$!"
        late=1
        while
            while read -r word value; do
                # What was told before "again" is of a copy that is dead.
                case $word in again) pid= ;; command) pid=$value ;; esac
            done <"$xqute_claim"
            [ -z "$pid" ]
        do
            sleep 0.01 &
            wait "$!"
        done
        kill -TERM "$pid"
        sleep {grace:f} &
        wait "$!"
        kill -KILL "$pid"
        exit 1
    }}
    timer </dev/null >/dev/null 2>&1 3>&- 4>&- &
    xqute_timer=$!
"""

_STOP_TIMER = """\
kill -ALRM "$xqute_timer" 2>/dev/null
wait "$xqute_timer" 2>/dev/null
if [ "$?" = 1 ]; then
    xqute_why=' TIMEOUT'
    exit 124
fi
"""
