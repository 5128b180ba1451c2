"""A slow shared file system: files that jobs write show up late on the submit host.

Only a file system could hold back whatever any process writes to any path. But a script names the
folders that it writes to, and the fake has the script before it runs. So while a folder is held,
its path is replaced by that of a second folder, the shadow: in scripts, in output paths and in
working folders. The shadow starts as a copy of the held folder, with the path replaced in the
scripts in it too. When the files are shown, whatever has changed in the shadow is copied back.

A file is not held back if a command gets its path from elsewhere, for instance from a data file.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Held:
    """A held folder, its shadow, and the files of the shadow that are shown, with their stamps."""

    folder: str
    shadow: str
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)


class NodeView:
    """What the execution hosts see of held folders."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._held: list[_Held] = []
        self._count = 0

    def hold(self, folder: str) -> None:
        """Hold back what jobs write below a folder, if they start from now on."""
        self._count += 1
        held = _Held(os.path.abspath(folder), os.path.join(self._place, str(self._count)))
        os.makedirs(held.folder, exist_ok=True)
        os.makedirs(held.shadow)
        self._held.append(held)
        self._follow(held)

    def show(self) -> None:
        """Copy the files that were held back until now; what jobs write later is held back."""
        for held in self._held:
            for name, stamp in _files(held.shadow):
                if held.seen.get(name) != stamp:
                    self._copy(held, name)
                    held.seen[name] = stamp

    def release(self) -> None:
        """Show all files, and hold nothing back of jobs that start from now on."""
        self.show()
        self._held.clear()

    def of(self, path: str) -> str:
        """Return the path under which the hosts see a path."""
        for held in self._held:
            if path == held.folder or path.startswith(held.folder + "/"):
                self._follow(held)
                return held.shadow + path[len(held.folder) :]
        return path

    def script(self, text: bytes) -> bytes:
        """Return a script with the paths of held folders replaced."""
        for held in self._held:
            self._follow(held)
            text = _led_to_shadow(text, held)
        return text

    def _follow(self, held: _Held) -> None:
        """Copy to the shadow what the submit host has written since."""
        for name, _stamp in _files(held.folder):
            shown = os.path.join(held.shadow, name)
            if not os.path.exists(shown):
                os.makedirs(os.path.dirname(shown), exist_ok=True)
                # It may have been deleted since.
                with contextlib.suppress(FileNotFoundError):
                    _copy_in(os.path.join(held.folder, name), shown, held)
                    held.seen[name] = _stamp_of(shown)

    def _copy(self, held: _Held, name: str) -> None:
        target = os.path.join(held.folder, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(os.path.join(held.shadow, name), target)


def _copy_in(source: str, target: str, held: _Held) -> None:
    shutil.copy2(source, target)
    with open(target, "r+b") as file:
        if file.read(2) == b"#!":
            file.seek(0)
            text = _led_to_shadow(file.read(), held)
            file.seek(0)
            file.write(text)
            file.truncate()


def _led_to_shadow(text: bytes, held: _Held) -> bytes:
    for form in {held.folder, shlex.quote(held.folder).strip("'")}:
        text = text.replace(os.fsencode(form), os.fsencode(held.shadow))
    return text


def _files(folder: str) -> list[tuple[str, tuple[int, int]]]:
    found = []
    for path, _folders, names in os.walk(folder):
        for name in names:
            whole = os.path.join(path, name)
            with contextlib.suppress(FileNotFoundError):
                if os.path.isfile(whole):
                    found.append((os.path.relpath(whole, folder), _stamp_of(whole)))
    return found


def _stamp_of(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_mtime_ns, status.st_size
