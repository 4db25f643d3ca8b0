"""All attacks: ``python -m tests.attack [refused] [extreme] [walk] [kills]``, by default all of them, for hours."""

import sys

from tests.attack import bank, kills, walk


def _told(kind: str, findings: dict[str, str], number: int) -> int:
    for words, said in findings.items():
        print(f"{words}: {said}", flush=True)
    print(f"{kind}: {len(findings)} of {number} ended otherwise than they should", flush=True)
    return len(findings)


def main(kinds: list[str]) -> int:
    """Attack; 1 if anything was found."""
    wrong = 0
    for kind, words, how in (("refused", bank.refused, bank.answer), ("extreme", bank.extreme, bank.run)):
        if not kinds or kind in kinds:
            every = list(words())
            wrong += _told(kind, {" ".join(each): said for each in every if (said := how(each))}, len(every))
    if not kinds or "walk" in kinds:
        wrong += walk.main("")
    if not kinds or "kills" in kinds:
        wrong += sum(_told("kills", kills.killed(name, 20), 20) for name in kills.COMMANDS)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
