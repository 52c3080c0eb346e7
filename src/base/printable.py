#!/usr/bin/env python3
"""Writes printable.h and scripts.h: the characters that may be shown as themselves, and those behind which
combining marks may stand.

Usage: printable.py /usr/share/unicode printable >printable.h   (Debian package unicode-data)
       printable.py /usr/share/unicode scripts >scripts.h

Shown: assigned characters one or two cells wide.  Not shown, because they change how other
characters look or cannot be seen: categories Cc Cf Cs Co Cn Zl Zp, marks without a cell (Mn Me),
everything with Default_Ignorable_Code_Point, medial and final Hangul jamo (they join).

Marks of a script: Mn and Me that Unicode gives to scripts (Scripts.txt, ScriptExtensions.txt).  Those
of no script (the accents from U+0300 on) are none: the letters that need them have characters of their own.
"""
import sys

ROOT, WHAT = sys.argv[1:3]
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me"}


def ranges(name, keep=lambda p: True):
    for line in open(f"{ROOT}/{name}", encoding="utf-8"):
        fields = [f.strip() for f in line.split("#")[0].split(";")]
        if len(fields) > 1 and keep(fields[1]):
            first, _, last = fields[0].partition("..")
            yield int(first, 16), int(last or first, 16), fields[1]


def members(name, keep):
    return {c for first, last, _ in ranges(name, keep) for c in range(first, last + 1)}


def categories():
    category, first = {}, None
    for line in open(f"{ROOT}/UnicodeData.txt", encoding="utf-8"):
        f = line.split(";")
        code = int(f[0], 16)
        if f[1].endswith("First>"):
            first = code
            continue
        for c in range(first if f[1].endswith("Last>") else code, code + 1):
            category[c] = f[2]
    return category


CATEGORY = categories()
IGNORABLE = members("DerivedCoreProperties.txt", lambda p: p == "Default_Ignorable_Code_Point")


def in_rows(values, most=0x110000):
    """Joins neighbours with one value: [first, last, value], at most `most` characters each."""
    rows = []
    for c, value in sorted(values):
        if rows and rows[-1][1] == c - 1 and rows[-1][2] == value and c - rows[-1][0] < most:
            rows[-1][1] = c
        else:
            rows.append([c, c, value])
    return rows


def head(name, what):
    print(f"/* {name} - {what}")
    print(" * Made by printable.py from Unicode 15.0 (Debian package unicode-data). */")
    print("/* clang-format off */")


def printable():
    wide = members("EastAsianWidth.txt", lambda p: p in ("W", "F"))
    joining = set(range(0x1160, 0x1200)) | set(range(0xD7B0, 0xD800))
    shown = [c for c in CATEGORY
             if CATEGORY[c] not in HIDDEN and c not in IGNORABLE and c not in joining and c >= 0x20]
    head("printable.h", "characters that may be shown as themselves, with their cells.")
    print("static const struct {\n\tuint32_t first, last;\n\tuint32_t cells;\n} printable[] = {")
    for a, b, w in in_rows((c, 2 if c in wide else 1) for c in shown):
        print(f"\t{{0x{a:04x}, 0x{b:04x}, {w}}},")
    print("};")


def scripts_of():
    """Returns the set of scripts of each character, by their short names."""
    short = {}
    for line in open(f"{ROOT}/PropertyValueAliases.txt", encoding="utf-8"):
        f = [x.strip() for x in line.split("#")[0].split(";")]
        if f[0] == "sc":
            short[f[2]] = f[1]
    of = {}
    for a, b, name in ranges("Scripts.txt"):
        of.update((c, frozenset([short[name]])) for c in range(a, b + 1))
    for a, b, names in ranges("ScriptExtensions.txt"):
        of.update((c, frozenset(names.split())) for c in range(a, b + 1))
    return of


def print_lines(items, each):
    for i in range(0, len(items), each):
        print("\t" + " ".join(items[i:i + each]))


def scripts():
    of, none = scripts_of(), frozenset(["Zinh", "Zyyy"])
    marks = {c for c in CATEGORY if CATEGORY[c] in ("Mn", "Me") and c not in IGNORABLE and
             not of.get(c, none) & none}
    # Some marks belong to scripts that have no letters (Sgnw).
    bearers = {c for c in CATEGORY if CATEGORY[c][0] == "L" or CATEGORY[c] == "Mc"}
    marked = sorted(set().union(*(of[c] for c in marks)) & set().union(*(of[c] for c in bearers if c in of)))
    bearers = {c for c in bearers if of.get(c, none) & set(marked)}
    sets = sorted({tuple(sorted(of[c] & set(marked))) for c in marks | bearers})
    assert len(marked) <= 128 and len(sets) <= 256
    head("scripts.h", "combining marks of a script, and the characters behind which they stand.")
    print("static const uint64_t script_sets[][2] = {")
    for names in sets:
        bits = sum(1 << marked.index(n) for n in names)
        print(f"\t{{0x{bits & (1 << 64) - 1:x}, 0x{bits >> 64:x}}}, /* {' '.join(names)} */")
    print("};\nstruct script_row {\n\tuint32_t first;\n\tuint16_t more; /* characters behind the first */\n"
          "\tuint16_t set;\n};")
    for name, chars in (("script_marks", marks), ("script_bearers", bearers)):
        print(f"static const struct script_row {name}[] = {{")
        rows = in_rows(((c, sets.index(tuple(sorted(of[c] & set(marked))))) for c in chars), 0x10000)
        print_lines([f"{{0x{a:x}, {b - a}, {s}}}," for a, b, s in rows], 5)
        print("};")


{"printable": printable, "scripts": scripts}[WHAT]()
