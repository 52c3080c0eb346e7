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


def golden(t, name, what):
    """The screen is that of tests/screens/NAME; GOLDEN=write writes it."""
    path = f"{GOLDEN}/{name}"
    if os.environ.get("GOLDEN") == "write":
        with open(path, "w", encoding="utf-8") as f:
            f.write(steady(t.screen()))
    with open(path, encoding="utf-8") as f:
        expected = f.read()
    seen = wait_for(lambda: steady(t.screen()) == expected, f"screen {name}")
    ok(seen, what, f"expected:\n{expected}\ngot:\n{steady(t.screen())}")
