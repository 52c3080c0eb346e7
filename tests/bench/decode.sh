#!/usr/bin/env bash
# decode.sh [WILCO] - how much slower than hand-written code wilco cuts frames out of a stream, as a
# ratio of processor times in one run: the smallest of several runs of each, taken in turns.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
wilco=${1:-$here/../../build/wilco} runs=${RUNS:-7} bytes=${BYTES:-134217728}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${CC:-cc} -O2 -o "$work/reference" "$here/reference.c"

declare -A frame=([delim]='payload NUL' [len]='len:u16be payload'
	[lencrc]='len(payload):u16be payload crc16-modbus:le' [slip]='C0* slip(payload) C0')

# used COMMAND...: processor milliseconds of one run on $work/stream
used() {
	local TIMEFORMAT='%U %S'
	{ time "$@" <"$work/stream" >"$work/out"; } 2>&1 | awk '{ print int(($1 + $2) * 1000) }'
}

least() { [ -z "$1" ] || [ "$2" -lt "$1" ] && echo "$2" || echo "$1"; }

printf '%-8s %6s %8s %8s %6s %6s\n' mode size reference wilco ratio bar
for mode in delim len lencrc slip; do
	for size in 64 1024; do
		"$work/reference" make "$mode" "$size" "$bytes" >"$work/stream"
		a='' b=''
		for _ in $(seq "$runs"); do
			a=$(least "$a" "$(used "$work/reference" split "$mode")")
			frames=$(cut -d' ' -f1 "$work/out")
			b=$(least "$b" "$(used "$wilco" frame decode --count "${frame[$mode]}")")
			grep -q "^$frames frames, 0 damaged" "$work/out" || { echo "wrong: $(cat "$work/out")"; exit 1; }
		done
		bar=2.0
		[ "$size" = 64 ] || case $mode in delim | len) bar=1.25 ;; *) bar=1.3 ;; esac
		printf '%-8s %6s %8s %8s %6s %6s\n' "$mode" "$size" "$a ms" "$b ms" \
			"$(awk "BEGIN { printf \"%.2f\", $b / ($a ? $a : 1) }")" "$bar"
	done
done
