/* Any file as a history, and any lines added to it by two consoles at once: lines are UTF-8 without
 * a line end, as many as may be, and what was added is there the next time. */
#include "fuzz/fuzz.h"
#include "fuzz/home.h"
#include "fuzz/input.h"

#include "base/text.h"
#include "cmd/history.h"

static void check_lines(const struct history *h)
{
	MUST(history_count(h) <= HISTORY_LINES_MAX);
	for (size_t i = 0; i < history_count(h); i++) {
		struct slice line = history_line(h, i);
		MUST(line.len && text_is_utf8(line) && !memchr(line.at, '\n', line.len) &&
			!memchr(line.at, 0, line.len));
	}
}

static bool is_kept(struct slice line)
{
	return line.len && line.len < 1000 && line.at[0] != ' ' && text_is_utf8(line) &&
	       !memchr(line.at, 0, line.len) && !memchr(line.at, '\r', line.len);
}

static bool is_there(const struct history *h, struct slice line)
{
	for (size_t i = history_count(h); i-- > 0;)
		if (slice_equal(history_line(h, i), line))
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size), line, lines;
	struct error err = {0};
	if (size > 20000)
		return 0;
	lines = input_run(&in);
	fuzz_home();
	struct history *made = history_open("pump1", &err); /* makes the folder */
	history_close(made);
	home_put("state/wilco/history/pump1", in);
	struct history *one = history_open("pump1", &err), *two = history_open("pump1", &err);
	check_lines(one);
	MUST(history_count(one) == history_count(two));
	struct slice rest = lines;
	for (bool first = true; slice_line(&rest, &line); first = !first)
		MUST(history_add(first ? one : two, line, &err));
	check_lines(one);
	struct history *next = history_open("pump1", &err);
	check_lines(next);
	for (rest = lines; slice_line(&rest, &line);)
		MUST(!is_kept(line) || is_there(next, line));
	history_close(one);
	history_close(two);
	history_close(next);
	return 0;
}
