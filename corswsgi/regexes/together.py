"""Two regexes together: the texts that both match.

The law of this module: nothing is run. Each way through one regex that is also a way through the other is followed.
"""

from corswsgi.regexes.positions import Positions

Pair = tuple[int, int]  # a position of each regex, with a character in common


def meets(regex: Positions, grammar: Positions) -> bool:
    """Return whether one text can match both. It must not be empty."""
    last, last_rules = {end for end, _ in regex.ends.last}, {end for end, _ in grammar.ends.last}
    todo = _starts(regex, grammar)
    seen = set(todo)
    while todo:
        here = todo.pop()
        if here[0] in last and here[1] in last_rules:
            return True
        for there in _next(regex, grammar, here):
            if there not in seen:
                seen.add(there)
                todo.append(there)
    return False


def _starts(regex: Positions, grammar: Positions) -> list[Pair]:
    return [
        (start, rule)
        for start, _ in regex.ends.first
        for rule, _ in grammar.ends.first
        if regex.chars[start].mask & grammar.chars[rule].mask
    ]


def _next(regex: Positions, grammar: Positions, here: Pair) -> list[Pair]:
    return [
        (there, rule)
        for there, _ in regex.follows[here[0]]
        for rule, _ in grammar.follows[here[1]]
        if regex.chars[there].mask & grammar.chars[rule].mask
    ]


class Together:
    """The ways through a regex and a grammar, to be followed from the end."""

    def __init__(self, regex: Positions, grammar: Positions) -> None:
        self._regex = regex
        self._grammar = grammar
        # the pairs that come before a pair, and whether directly
        self.before: dict[Pair, list[tuple[Pair, bool]]] = {start: [] for start in _starts(regex, grammar)}
        todo = list(self.before)
        for here in todo:
            for there, is_direct in regex.follows[here[0]]:
                for rule, _ in grammar.follows[here[1]]:
                    pair = (there, rule)
                    if pair in self.before:
                        self.before[pair].append((here, is_direct))
                    elif self.mask(pair):
                        self.before[pair] = [(here, is_direct)]
                        todo.append(pair)
        last, last_rules = {end for end, _ in regex.ends.last}, {end for end, _ in grammar.ends.last}
        self.ends = [pair for pair in todo if pair[0] in last and pair[1] in last_rules]

    def mask(self, pair: Pair) -> int:
        """Return the characters that both allow here."""
        return self._regex.chars[pair[0]].mask & self._grammar.chars[pair[1]].mask

    def literal(self, pair: Pair) -> str | None:
        """Return the character that the regex writes out here."""
        return self._regex.chars[pair[0]].literal
