/* Any list or file of targets, inventory, or answers from before: it is read or refused with a
 * reason; names are there once, and when they are folded, reading that gives the same names. */
#include "fuzz/fuzz.h"
#include "fuzz/input.h"

#include "base/text.h"
#include "fleet/baseline.h"
#include "fleet/bracket.h"
#include "fleet/fold.h"
#include "fleet/inventory.h"

enum { COUNT_MAX = 20000 };

static bool find_group(void *arg, struct slice name, struct slice *members)
{
	(void)arg;
	*members = SLICE("pump[1-3] all b");
	return slice_is(name, "all");
}

static bool read_lines(struct targets *t, struct slice text, struct error *err)
{
	for (unsigned line = 1; text.len; line++) {
		const uint8_t *end = memchr(text.at, '\n', text.len);
		size_t n = end ? (size_t)(end - text.at) : text.len;
		if (!targets_add_line(t, slice_cut(text, 0, n), line, err))
			return false;
		text = slice_cut(text, n + 1, text.len);
	}
	return true;
}

/* Says whether the name means itself in a list. */
static bool is_plain(struct slice name)
{
	struct error unused;
	return targets_name_check(name, &unused) && !slice_is(name, "all");
}

/* Folds the plain names, and reads the result back. */
static void check_fold(const struct targets *t)
{
	struct slice *names = calloc(t->count + 1, sizeof *names);
	struct targets again;
	struct error err = {0};
	struct bytes folded;
	size_t count = 0, index;
	bytes_init(&folded, TARGETS_TEXT_MAX);
	for (size_t i = 0; i < t->count; i++)
		if (is_plain(targets_name(t, i)))
			names[count++] = targets_name(t, i);
	fold_names(names, count, TARGETS_TEXT_MAX, TEXT_MARKS, &folded);
	targets_init(&again, NULL, NULL);
	MUST(!count || targets_add_list(&again, bytes_slice(&folded), &err));
	MUST(again.count == count);
	for (size_t i = 0; i < count; i++)
		MUST(targets_find(&again, names[i], &index));
	targets_free(&again);
	bytes_free(&folded);
	free(names);
}

static void check_targets(const struct targets *t)
{
	size_t index;
	for (size_t i = 0; i < t->count; i++) {
		struct slice name = targets_name(t, i);
		MUST(name.len && targets_find(t, name, &index) && index == i);
		MUST(slice_starts(targets_text(t, i), name));
	}
	if (t->count < COUNT_MAX)
		check_fold(t);
}

static void check_baseline(struct slice text)
{
	struct error err = {0};
	struct slice device, command;
	unsigned line = 0;
	struct baseline *b = baseline_read(text, &line, &err);
	MUST(b || err.what[0]);
	for (size_t at = 0; b && baseline_missing(b, &at, &device, &command);)
		MUST(device.at && command.at);
	baseline_free(b);
}

/* Says whether a range may have very many names, which cost the time of many other inputs. */
static bool is_large(struct slice text)
{
	size_t brackets = 0, digits = 0;
	for (size_t i = 0; i < text.len; i++) {
		digits = text.at[i] >= '0' && text.at[i] <= '9' ? digits + 1 : 0;
		brackets += text.at[i] == '[';
		if (digits > 3 && brackets)
			return true;
	}
	return brackets > 3;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct targets t;
	struct error err = {0};
	unsigned line = 0;
	bool good;
	struct slice text = slice_of(data + !!size, size - !!size);
	if (!size || size > 4096 || (data[0] % 4 < 2 && is_large(text)))
		return 0;
	if (data[0] % 4 == 3) {
		check_baseline(text);
		return 0;
	}
	targets_init(&t, find_group, NULL);
	if (data[0] % 4 == 0)
		good = targets_add_list(&t, text, &err);
	else if (data[0] % 4 == 1)
		good = read_lines(&t, text, &err);
	else
		good = inventory_add(&t, text, SLICE("all,!b*"), &line, &err);
	good = good && targets_end(&t, &line, &err);
	if (good)
		check_targets(&t);
	else
		MUST(err.what[0]);
	targets_free(&t);
	return 0;
}
