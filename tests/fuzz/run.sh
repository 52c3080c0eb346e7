#!/usr/bin/env bash
# run.sh SECONDS TARGET... - libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer over fuzz
# targets, one after the other, each so many seconds; `make fuzz` calls it in a build folder.
#
# A target is fuzz_NAME, or NAME.  The build is in fuzz/ of this folder, so are the inputs that were
# found to be interesting (fuzz/corpus/NAME, begun with the seeds and kept for the next time) and
# what was found (fuzz/findings/NAME-*).  Exits with 1 when something was.
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
clang=${CLANG:-clang} python=${PYTHON:-python3}
seconds=${1:?run.sh SECONDS TARGET...}
shift
command -v "${clang##* }" >/dev/null || {
	echo "make fuzz: no ${clang##* } here; on Debian: apt-get install clang libclang-rt-dev" >&2
	exit 1
}
names=("$@")
names=("${names[@]##*/}")
names=("${names[@]#fuzz_}")

mkdir -p fuzz/findings
[ fuzz/Makefile -nt "$source/configure" ] ||
	(cd fuzz && "$source/configure" -q --enable-fuzzing --disable-modules CC="$clang" CFLAGS='-O1 -g' >/dev/null)
make -s -C fuzz "${names[@]/#/tests/fuzz/fuzz_}" >fuzz/build.log 2>&1 || {
	tail -n 30 fuzz/build.log >&2
	exit 1
}

# plant NAME: its seeds, a file each.
plant() {
	"$python" - "$source/tests/fuzz/fuzz_$1.seeds" "fuzz/corpus/$1" <<-'END'
		import os, sys
		os.makedirs(sys.argv[2], exist_ok=True)
		for number, line in enumerate(open(sys.argv[1])):
		    with open(os.path.join(sys.argv[2], f"seed{number}"), "wb") as out:
		        out.write(bytes.fromhex(line))
	END
}

found=0
for name in "${names[@]}"; do
	plant "$name"
	log=fuzz/$name.log said="no finding"
	"fuzz/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2048 -max_len=4096 \
		-print_final_stats=1 -artifact_prefix="fuzz/findings/$name-" "fuzz/corpus/$name" >"$log" 2>&1 || {
		found=1
		said="FOUND: $(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1); see $PWD/$log"
	}
	inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	echo "$name: ${inputs:-0} inputs, $said"
done
exit $found
