#!/usr/bin/env bash
# console.sh [WILCO] - the console as its terminal sees it, against a bare ncurses program in the
# same run, taken in turns; each ratio is the median over the rounds.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
wilco=$(realpath "${1:-$here/../../build/wilco}") rounds=${ROUNDS:-5} bytes=${BYTES:-268435456}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${CC:-cc} -O2 -D_GNU_SOURCE -o "$work/terminal" "$here/terminal.c" -lutil
${CC:-cc} -O2 -D_GNU_SOURCE -o "$work/curses" "$here/curses.c" -lncursesw
export HOME=$work XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config LC_ALL=C.UTF-8

# All on one processor: where the others run changes nothing.
one=()
if command -v taskset >/dev/null; then
	cpu=$(taskset -cp $$ | sed 's/.*[ ,-]//')
	one=(taskset -c "$cpu")
fi

# in_turns MODE NUMBER: a line a round, the reference's numbers and then wilco's
in_turns() {
	local pin=("${one[@]}")
	[ "$1" != flood ] || pin=() # the device is no part of it
	for _ in $(seq "$rounds"); do
		echo "$("${pin[@]}" "$work/terminal" "$1" "$2" "$work/curses" '{}')" \
			"$("${pin[@]}" "$work/terminal" "$1" "$2" "$wilco" -f esc-cr-nul '127.0.0.1:{}')"
	done
}

# median COLUMN [OVER]: of the column, or of its ratio to another
median() {
	awk -v a="$1" -v b="${2:-0}" '{ print b ? $a / $b : $a }' "$work/rounds" | sort -n |
		awk '{ v[NR] = $1 } END { printf "%.2f", v[int((NR + 1) / 2)] }'
}

row() { printf '%-34s %10s %10s %8s %8s\n' "$@"; }

row '' reference wilco ratio bar
in_turns enter 80 >"$work/rounds"
row 'Enter to answer, us' "$(median 2)" "$(median 5)" "$(median 5 2)" 1.5
row 'key to echo, us' "$(median 1)" "$(median 4)" "$(median 4 1)" ''
row 'bytes to the terminal a word' "$(median 3)" "$(median 6)" '' ''
in_turns flood "$bytes" >"$work/rounds"
row "flood of $((bytes >> 20)) MiB, ms" "$(median 1)" "$(median 3)" "$(median 3 1)" 3
row 'bytes to the terminal' "$(median 2)" "$(median 4)" '' 1048576
in_turns keys 200 >"$work/rounds"
row 'key to echo in a flood, us' "$(median 1)" "$(median 4)" "$(median 4 1)" ''
row '  of 100 keys the slowest' "$(median 2)" "$(median 5)" '' 16000
