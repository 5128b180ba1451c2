"""Reads the options of qsub, from its arguments or from the lines of a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .._request import Refusal
from .._submission import Submission

# Exit statuses of qsub for an invalid option, and for an invalid value of one.
_BAD_OPTION = 2
_BAD_VALUE = 7


class BadOption(Refusal):
    """qsub does not take an option. The text has no prefix `qsub: ` yet."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The folder and the environment that qsub was called in."""

    cwd: str
    environ: Mapping[str, str]


_Setter = Callable[[Submission, str, Surroundings], None]


def _yes_or_no(attribute: str, option: str) -> _Setter:
    def set_it(submission: Submission, text: str, _: Surroundings) -> None:
        _warn_if_set(submission, attribute, option)
        if text not in ("y", "yes", "n", "no"):
            raise BadOption(f'invalid option argument "{option} {text}"\n', _BAD_VALUE)
        setattr(submission, attribute, text.startswith("y"))

    return set_it


def _list(attribute: str, kind: str, option: str) -> _Setter:
    def set_it(submission: Submission, text: str, _: Surroundings) -> None:
        if not text:
            raise BadOption(
                f'Wrong {kind} list format "{text}" specified to {option} option\n', _BAD_VALUE
            )
        getattr(submission, attribute).extend(text.split(","))

    return set_it


def _warn_if_set(submission: Submission, attribute: str, option: str) -> None:
    if getattr(submission, attribute) is not None:
        submission.warnings.append(
            f'warning: "{option}" option has already been set, overriding previous setting\n'
        )


def _name(submission: Submission, text: str, _: Surroundings) -> None:
    _warn_if_set(submission, "name", "-N")
    if "/" in text:
        raise BadOption("argument to -N option must not contain / \n", _BAD_OPTION)
    submission.name = text


def _resources(submission: Submission, text: str, _: Surroundings) -> None:
    for request in text.split(","):
        if request:
            name, equals, value = request.partition("=")
            submission.resources[name] = value if equals else None


def _tasks(submission: Submission, text: str, _: Surroundings) -> None:
    if text.startswith("-"):
        trailer = text[1:]
        raise BadOption(f'Range specifier "{text}" has unknown trailer "{trailer}"\n', _BAD_VALUE)
    if "," in text:
        # Like Grid Engine, make one range of several ids; its step is that between the first two.
        ids = [_decimal(part) for part in text.split(",")]
        submission.tasks = range(ids[0], ids[-1] + 1, ids[1] - ids[0])
        return
    first, _dash, rest = text.partition("-")
    last, _colon, step_text = rest.partition(":")
    start = _decimal(first)
    end = _decimal(last) if last else start
    step = _decimal(step_text) if step_text else 1
    if step == 0:
        raise BadOption("Negative or zero step in range is not allowed\n", _BAD_VALUE)
    submission.tasks = range(min(start, end), max(start, end) + 1, step)


def _decimal(text: str) -> int:
    digits = text[: len(text) - len(text.lstrip("0123456789"))]
    if not digits:
        raise BadOption(
            "Numerical value invalid!\n"
            f'The initial portion of string "{text}" contains no decimal number\n',
            _BAD_VALUE,
        )
    if digits != text:
        trailer = text[len(digits) :]
        raise BadOption(f'Range specifier "{text}" has unknown trailer "{trailer}"\n', _BAD_VALUE)
    return int(digits)


def _max_running(submission: Submission, text: str, _: Surroundings) -> None:
    if not text.isdecimal():
        raise BadOption(
            f'invalid task concurrency number "{text}".'
            " Must be an integer greater or equal to 0.\n",
            _BAD_VALUE,
        )
    submission.max_running = int(text)


def _working_folder(submission: Submission, text: str, around: Surroundings) -> None:
    submission.cwd = text if text.startswith("/") else f"{around.cwd}/{text}".rstrip("/")


def _variables(submission: Submission, text: str, around: Surroundings) -> None:
    for variable in text.split(","):
        name, equals, value = variable.partition("=")
        if not name:
            raise BadOption(
                f'Wrong variable list format -v "{text}" or environment variable not set\n',
                _BAD_VALUE,
            )
        submission.variables[name] = value if equals else around.environ.get(name, "")


def _priority(submission: Submission, text: str, _: Surroundings) -> None:
    lowest, highest = -1023, 1024
    if not text.lstrip("-").isdecimal() or not lowest <= int(text) <= highest:
        raise BadOption(
            f'invalid priority "{text}".  Must be an integer from {lowest} to {highest}\n',
            _BAD_VALUE,
        )
    submission.priority = int(text)


def _verify(submission: Submission, text: str, _: Surroundings) -> None:
    _warn_if_set(submission, "verify", "-w")
    if text not in ("e", "w", "n", "v", "p"):
        raise BadOption(f'invalid option argument "-w {text}"\n', _BAD_VALUE)
    submission.verify = text


def _once(attribute: str, option: str) -> _Setter:
    def set_it(submission: Submission, text: str, _: Surroundings) -> None:
        _warn_if_set(submission, attribute, option)
        setattr(submission, attribute, text)

    return set_it


def _ignored(submission: Submission, text: str, _: Surroundings) -> None:
    """Accept an option that has no effect in the fake."""


def _flag(attribute: str) -> _Setter:
    def set_it(submission: Submission, text: str, _: Surroundings) -> None:
        setattr(submission, attribute, True)

    return set_it


def _hold(submission: Submission, text: str, _: Surroundings) -> None:
    _warn_if_set(submission, "hold", "-h")
    # As in Grid Engine, giving it twice means no hold.
    submission.hold = submission.hold is None


def _here(submission: Submission, text: str, around: Surroundings) -> None:
    submission.cwd = around.cwd


_WITH_ARGUMENT: Mapping[str, _Setter] = MappingProxyType(
    {
        "-N": _name,
        "-q": _list("queues", "queue", "-q"),
        "-l": _resources,
        "-t": _tasks,
        "-tc": _max_running,
        "-o": _list("stdout", "stdout path", "-o"),
        "-e": _list("stderr", "stderr path", "-e"),
        "-j": _yes_or_no("merge", "-j"),
        "-wd": _working_folder,
        "-S": _list("shells", "shell", "-S"),
        "-r": _yes_or_no("rerun", "-r"),
        "-hold_jid": _list("predecessors", "jid_hold", "-hold_jid"),
        "-b": _yes_or_no("binary", "-b"),
        "-shell": _yes_or_no("use_shell", "-shell"),
        "-v": _variables,
        "-C": _once("prefix", "-C"),
        "-p": _priority,
        "-A": _once("account", "-A"),
        "-P": _once("project", "-P"),
        "-w": _verify,
        **dict.fromkeys(("-M", "-m", "-i", "-R", "-js"), _ignored),
    }
)
_WITHOUT: Mapping[str, _Setter] = MappingProxyType(
    {
        "-cwd": _here,
        "-V": _flag("export_all"),
        "-terse": _flag("terse"),
        "-h": _hold,
        **dict.fromkeys(("-notify", "-hard"), _ignored),
    }
)
# Options of the real qsub that would change what happens, so they must not be ignored.
_NOT_HERE = (
    *("-@", "-a", "-ac", "-ar", "-binding", "-c", "-ckpt", "-clear", "-dc", "-display", "-dl"),
    *("-help", "-hold_jid_ad", "-jc", "-jsv", "-masterq", "-now", "-pty", "-soft", "-sync"),
    "-verify",
)
_ARGUMENT_NAMES = MappingProxyType(
    {
        "-q": "queue list argument",
        "-S": "path_name argument",
        "-v": "variable list argument",
        "-pe": "pe_name argument",
    }
)


def read_options(words: list[str], around: Surroundings) -> tuple[Submission, list[str]]:
    """Read the options at the beginning of `words`.

    Returns:
        The options, and the words after them.

    Raises:
        BadOption: An option is unknown, or its value is invalid.
    """
    submission = Submission()
    at = 0
    while at < len(words) and words[at].startswith("-"):
        option = words[at]
        at += 1
        if option in _WITHOUT:
            _WITHOUT[option](submission, "", around)
        elif option == "-pe":
            at = _parallel(submission, words, at)
        elif option in _WITH_ARGUMENT:
            if at == len(words):
                _missing(option)
            _WITH_ARGUMENT[option](submission, words[at], around)
            at += 1
        elif option in _NOT_HERE:
            raise BadOption(f"the option {option} is not there in this fake Grid Engine\n")
        else:
            raise BadOption(f'invalid option argument "{option}"\n', _BAD_OPTION)
    return submission, words[at:]


def _missing(option: str) -> None:
    if option == "-t":
        raise BadOption("-t option must have a list of task id ranges\n", _BAD_OPTION)
    wanted = _ARGUMENT_NAMES.get(option, "argument")
    raise BadOption(f"{option} option must have {wanted}\n", _BAD_OPTION)


def _parallel(submission: Submission, words: list[str], at: int) -> int:
    if at >= len(words):
        _missing("-pe")
    _warn_if_set(submission, "pe", "-pe")
    first, _, last = words[at + 1].partition("-") if at + 1 < len(words) else ("", "", "")
    submission.pe = (words[at], _decimal(first), _decimal(last) if last else _decimal(first))
    return at + 2
