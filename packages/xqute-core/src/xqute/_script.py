r"""The text of the wrapped script.

It is plain POSIX sh and only uses built-ins of the shell, since to start another program would take
as long as to start the job itself. Its parts, from top to bottom:

- The command, as a function. `exec` has the shell run the program `echo`, for example, and not its
  built-in of that name, which would expand `\n`.
- The claim, taken by exclusive create (`set -C`; POSIX, "Shell Command Language", 2.7.2).
- The report: an EXIT trap that writes the rc file, then the status line, then empties the lock.
- The command is run in a subshell, which it replaces.

The script's own variables have a prefix, since the environment may have variables of common names.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple


class ScriptExit(IntEnum):
    """The exit status of a wrapped script, for a scheduler that gets to see it.

    99 and 100 are not used: for Grid Engine they mean "run it again" and "put it into an error
    state" (sge_shepherd(8)).
    """

    #: The result is in the files, be it success or failure.
    REPORTED = 0
    #: The command was never started; the status file says why, if it could be written.
    NOT_STARTED = 73
    #: The command has ended, but its result could not be written.
    NO_REPORT = 74
    #: Another copy of this attempt has the claim; this one did nothing.
    CLAIMED = 75
    #: The command ran into its timeout; the result is in the files.
    TIMED_OUT = 124


# A shell does not hand on every variable unchanged: it sets some itself, and some shells, such as
# dash, drop names that are not identifiers. Such variables are set by env(1).
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
_SET_BY_SHELL = re.compile(
    r"_|[EU]?UID|PPID|GROUPS|IFS|OPTIND|OPTARG|OPTERR|RANDOM|LINENO|SECONDS|S?RANDOM|SHELLOPTS"
    r"|EPOCH(SECONDS|REALTIME)|SHLVL|PWD|OLDPWD|DIRSTACK|FUNCNAME|PIPESTATUS|HIST\w*|COMP_\w*"
    r"|PS[0-9]|ENV|BASH\w*\Z",
    re.ASCII,
)


# Absolute paths, since the job's own PATH may not have these programs.
_ENV = "/usr/bin/env"
# env(1) takes a program whose name holds `=` for a variable. No shell can start it instead, since
# it might drop what env(1) has set. nice(1) with 0 changes nothing, and becomes its operand.
_START = "/usr/bin/nice -n 0 --"


def is_plain_variable(name: str) -> bool:
    """Return whether every POSIX shell hands on a variable of this name unchanged."""
    return _IDENTIFIER.match(name) is not None and _SET_BY_SHELL.fullmatch(name) is None


class ScriptParts(NamedTuple):
    """What a wrapped script is made of.

    Attributes:
        shell: The absolute path of the shell that runs the script.
        title: A line that says which job it is, without a newline.
        name: The file name of the script, without a newline.
        folder: The absolute path of the job's folder.
        claim: The absolute path of the claim of this attempt.
        cmd: The words of the command.
        env: The variables to set for the command, None for none; one that is None is unset.
        cwd: The absolute path of the working folder of the command.
        timeout: Seconds that the command may run, None for no limit.
        kill_grace: Seconds from SIGTERM to SIGKILL after the timeout.
        directives: Comment lines for the scheduler, below the first line.
        uid: A shell expression for the scheduler's id of the job, such as `$JOB_ID`. By it the
            script knows a job that the scheduler runs again from a second copy. It is empty for a
            scheduler that never runs a job again by itself.
        notes: Words to add to the claim. The shell expands them, as in `host $HOSTNAME`.
    """

    shell: str
    title: str
    name: str
    folder: str
    claim: str
    cmd: tuple[str, ...]
    env: Mapping[str, str | None] | None
    cwd: str
    timeout: float | None
    kill_grace: float
    directives: Sequence[str] = ()
    uid: str = ""
    notes: str = ""


def render(parts: ScriptParts) -> str:
    """Return the text of the wrapped script, without the intent."""
    directives = "".join(f"{line}\n" for line in parts.directives)
    exports, command = _command(parts)
    start_timer = stop_timer = pid_file = ""
    if parts.timeout is not None:
        start_timer = _START_TIMER.format(timeout=parts.timeout, grace=parts.kill_grace)
        stop_timer, pid_file = _STOP_TIMER, ' "$xqute_claim"'
        shell = f'{_quote(parts.shell)} -c {_quote(_WRITE_PID)} "$1"'
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
        taken=_TAKEN_UNLESS_RUN_AGAIN.format(uid=parts.uid) if parts.uid else _TAKEN,
        uid=f'echo "uid {parts.uid}" >>"$xqute_claim"\n' if parts.uid else "",
        notes=f" {parts.notes}" if parts.notes else "",
        start_timer=start_timer,
        pid_file=pid_file,
        stop_timer=stop_timer,
    )


def _quote(text: str) -> str:
    """Return `text` as one word for a shell, in which no line begins with `#`.

    qsub(1) takes every line that begins with `#$` for a directive, even inside a quoted word.
    """
    return shlex.quote(text).replace("\n#", "\n'\\#'")


def _command(parts: ScriptParts) -> tuple[str, str]:
    """Return the lines that set variables, and the line that runs the command."""
    words = " ".join([_quote(word) for word in parts.cmd])
    exports, unset_by_env, set_by_env = "", "", ""
    for name, value in (parts.env or {}).items():
        if value is None:
            # Without PATH, shells differ in where they look for the program; env(1) looks in the
            # default path of the system.
            if is_plain_variable(name) and name != "PATH":
                exports += f"    unset {name}\n"
            else:
                unset_by_env += f"-u {_quote(name)} "
        elif is_plain_variable(name):
            exports += f"    export {name}={_quote(value)}\n"
        else:
            set_by_env += f"{_quote(f'{name}={value}')} "
    # bash takes a program that begins with a dash for an option of `exec`, and dash does not accept
    # `exec --`.
    if not unset_by_env and not set_by_env and not parts.cmd[0].startswith("-"):
        return exports, f"exec {words}"
    if "=" in parts.cmd[0]:
        words = f"{_START} {words}"
    return exports, f"exec {_ENV} {unset_by_env}-- {set_by_env}{words}"


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
{start_timer}    (command_of_job{pid_file}) </dev/null >&3 2>&4 3>&- 4>&-
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

# A job that the scheduler runs again, as after a host crash, keeps its id; a second copy does not.
_TAKEN_UNLESS_RUN_AGAIN = """\
true 2>/dev/null >"$xqute_claim" || {{
    [ -e "$xqute_claim" ] || never_started "cannot make its claim"
    read -r xqute_begun <"$xqute_claim"
    if [ "$xqute_begun" != "uid {uid}" ] || [ -e "$xqute_folder/job.rc" ]; then
        taken
    fi
    echo "again" >>"$xqute_claim"
}}
"""

# The timer is a subshell that waits for a sleep(1), since a shell has no built-in that waits. It
# reads the PID of the command from the claim: a shell writes its own PID there before the command
# replaces it. That shell gets the path of the claim as an argument, so that no variable of the job
# can change it; when the command is run by hand, the path is /dev/null.
# The timer is ended by ALRM, which the script does not trap: dash loses a signal that the parent
# traps if it comes before the subshell has reset its traps.
_WRITE_PID = 'echo "command $$" >>"$0"; exec "$@"'

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
