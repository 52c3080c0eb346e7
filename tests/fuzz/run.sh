#!/usr/bin/env bash
# run.sh TARGET SECONDS [OPTION...] - libFuzzer over one target (notation, split, encode, escape),
# with AddressSanitizer and UndefinedBehaviorSanitizer, from its seeds.  Needs clang and a configured
# build/.  What is found is left in fuzz-work/TARGET/.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${1:?run.sh TARGET SECONDS} seconds=${2:?run.sh TARGET SECONDS}
shift 2
work=$PWD/fuzz-work/$target
mkdir -p "$work/corpus"
clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
	-include build/config.h -I include -I src -I tests \
	"tests/fuzz/fuzz_$target.c" src/frame/*.c src/base/*.c -o "$work/fuzz"
n=0
while read -r line; do
	n=$((n + 1))
	printf '%s' "$line" | sed 's/../\\x&/g' | xargs -0 printf >"$work/corpus/seed$n" 2>/dev/null || true
done <"tests/fuzz/fuzz_$target.seeds"
cd "$work"
exec ./fuzz -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
	-print_final_stats=1 "$@" corpus
