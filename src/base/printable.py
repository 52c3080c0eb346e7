#!/usr/bin/env python3
"""Writes printable.h: the characters that may be shown as themselves, with their cells.

Usage: printable.py /usr/share/unicode >printable.h   (Debian package unicode-data)

Shown: assigned characters one or two cells wide.  Not shown, because they change how other
characters look or cannot be seen: categories Cc Cf Cs Co Cn Zl Zp, marks without a cell (Mn Me),
everything with Default_Ignorable_Code_Point, medial and final Hangul jamo (they join).
"""
import sys

ROOT = sys.argv[1]
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me"}


def ranges(name, keep):
    for line in open(f"{ROOT}/{name}", encoding="utf-8"):
        fields = [f.strip() for f in line.split("#")[0].split(";")]
        if len(fields) > 1 and keep(fields[1]):
            first, _, last = fields[0].partition("..")
            yield int(first, 16), int(last or first, 16)


def main():
    category, first = {}, None
    for line in open(f"{ROOT}/UnicodeData.txt", encoding="utf-8"):
        f = line.split(";")
        code = int(f[0], 16)
        if f[1].endswith("First>"):
            first = code
            continue
        for c in range(first if f[1].endswith("Last>") else code, code + 1):
            category[c] = f[2]
    ignorable = set()
    for a, b in ranges("DerivedCoreProperties.txt", lambda p: p == "Default_Ignorable_Code_Point"):
        ignorable.update(range(a, b + 1))
    wide = set()
    for a, b in ranges("EastAsianWidth.txt", lambda p: p in ("W", "F")):
        wide.update(range(a, b + 1))
    joining = set(range(0x1160, 0x1200)) | set(range(0xD7B0, 0xD800))
    rows = []
    for c in sorted(category):
        if category[c] in HIDDEN or c in ignorable or c in joining or c < 0x20:
            continue
        width = 2 if c in wide else 1
        if rows and rows[-1][1] == c - 1 and rows[-1][2] == width:
            rows[-1][1] = c
        else:
            rows.append([c, c, width])
    print("/* printable.h - characters that may be shown as themselves, with their cells.")
    print(" * Made by printable.py from Unicode 15.0 (Debian package unicode-data). */")
    print("/* clang-format off */")
    print("static const struct {\n\tuint32_t first, last;\n\tuint32_t cells;\n} printable[] = {")
    for a, b, w in rows:
        print(f"\t{{0x{a:04x}, 0x{b:04x}, {w}}},")
    print("};")


main()
