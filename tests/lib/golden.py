"""Golden screens: what a terminal shows is compared with a file of tests/screens/."""
import os
import re

from wilcotest import ok, wait_for

GOLDEN = os.path.join(os.environ.get("srcdir", "."), "tests", "screens")


def steady(screen):
    """Without what differs from run to run: times, ports, durations."""
    screen = re.sub(r"\d\d:\d\d:\d\d(\.\d{3})?", lambda m: "HH:MM:SS" + (".mmm" if m[1] else ""),
                    screen)
    screen = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", screen)
    screen = re.sub(r"\bup \d+ (s|min)\b", "up TIME", screen)
    screen = re.sub(r"\b\w{3} \d{4}-\d\d-\d\d", "DAY", screen)
    screen = re.sub(r" +(\+?)\d+(\.\d+)? (us|ms|s|min)\b", r" \1TIME", screen)
    screen = re.sub(r"rows \d+ to \d+ of \d+", "rows N", screen)  # the next command or key changes them
    screen = re.sub(r"[─-]{2,}", "--", screen)
    screen = re.sub(r"(\S{8})\S*~ TIME", r"\1~ TIME", screen)  # how much fits depends on it
    return "\n".join(line.rstrip() for line in screen.splitlines()).rstrip() + "\n"


COLOURS = "black red green yellow blue magenta cyan white".split()
ATTRIBUTES = {1: "bold", 2: "dim", 3: "italic", 4: "underlined", 5: "blinking", 7: "reverse"}


def look_of(look, codes):
    """The look (attributes, colour, ground) after the SGR codes."""
    attributes, colour, ground = look
    for code in map(int, codes.split(";") if codes else ["0"]):
        if code == 0:
            attributes, colour, ground = frozenset(), None, None
        elif code in ATTRIBUTES:
            attributes |= {ATTRIBUTES[code]}
        elif code // 10 == 3:
            colour = None if code == 39 else COLOURS[code - 30]
        elif code // 10 == 4:
            ground = None if code == 49 else COLOURS[code - 40]
    return attributes, colour, ground


def in_words(screen):
    """What `capture-pane -e` gives, with the look of each part in words: {bold white on red}ALARM{}."""
    look, rows = (frozenset(), None, None), []
    for line in screen.split("\n"):
        row, shown = "", ""
        for i, part in enumerate(re.split(r"\x1b\[([0-9;]*)m", line)):
            if i % 2:
                look = look_of(look, part)
            elif part:
                attributes, colour, ground = look
                words = " ".join([*sorted(attributes), *filter(None, [colour]), *([f"on {ground}"] if ground else [])])
                row += (f"{{{words}}}" if words != shown else "") + part
                shown = words
        rows.append(row + ("{}" if shown else ""))
    return "\n".join(rows)


def golden(t, name, what, colours=False):
    """The screen, with its colours if that is asked for, is that of tests/screens/NAME; GOLDEN=write writes it."""
    def now():
        return steady(in_words(t.tmux("capture-pane", "-ep")) if colours else t.screen())

    path = f"{GOLDEN}/{name}"
    if os.environ.get("GOLDEN") == "write":
        with open(path, "w", encoding="utf-8") as f:
            f.write(now())
    with open(path, encoding="utf-8") as f:
        expected = f.read()
    seen = wait_for(lambda: now() == expected, f"screen {name}")
    ok(seen, what, f"expected:\n{expected}\ngot:\n{now()}")
