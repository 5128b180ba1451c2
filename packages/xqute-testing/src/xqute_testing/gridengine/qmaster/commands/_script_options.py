"""The options of qsub in the lines of a script, such as `#$ -N name`."""

from __future__ import annotations


def directives(script: str, prefix: str) -> list[str]:
    """Return the words of the options in those lines of a script that begin with the prefix."""
    words: list[str] = []
    if prefix:
        for line in script.splitlines():
            if line.startswith(prefix):
                words += _split(line[len(prefix) :])
    return words


def _split(text: str) -> list[str]:
    """Split a line into words, with quotes, and stop at a word that begins with `#`."""
    words: list[str] = []
    word: str | None = None
    quote = ""
    for character in text:
        if quote:
            if character == quote:
                quote = ""
            else:
                word = (word or "") + character
        elif character in "'\"":
            quote, word = character, word or ""
        elif character.isspace():
            if word is not None:
                words.append(word)
            word = None
        elif character == "#" and word is None:
            return words
        else:
            word = (word or "") + character
    return words if word is None else [*words, word]
