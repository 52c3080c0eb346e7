/* pattern.c - see pattern.h. */
#include "base/pattern.h"

#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>

/* The larger number of a repeat at `text`, such as "{3,5}"; 1: it is none. */
static unsigned long repeat_at(const char *text)
{
	char *end;
	unsigned long least = strtoul(text + 1, &end, 10), most = least;
	if (*end == ',')
		most = strtoul(end + 1, &end, 10);
	return most > least ? most : least > 1 ? least : 1;
}

static bool is_bounded(const char *text, char why[PATTERN_WHY_MAX])
{
	unsigned long states = 1;
	for (; *text; text++) {
		if (*text == '\\' && text[1] >= '1' && text[1] <= '9') {
			snprintf(why, PATTERN_WHY_MAX, "\\%c: there are no back-references",
				text[1]);
			return false;
		}
		if (*text == '\\' && text[1]) {
			text++;
			continue;
		}
		unsigned long repeat = *text == '{' ? repeat_at(text) : 1;
		if (repeat > PATTERN_REPEATS_MAX || (states *= repeat) > PATTERN_REPEATS_MAX) {
			snprintf(why, PATTERN_WHY_MAX, "its repeats {} multiply to more than %d",
				PATTERN_REPEATS_MAX);
			return false;
		}
	}
	return true;
}

bool pattern_compile(regex_t *to, struct slice pattern, int flags, char why[PATTERN_WHY_MAX])
{
	if (pattern.len > PATTERN_MAX) {
		snprintf(why, PATTERN_WHY_MAX, "it is longer than %d bytes", PATTERN_MAX);
		return false;
	}
	char *text = mem_strn(pattern.at, pattern.len);
	bool good = is_bounded(text, why);
	int rc = good ? regcomp(to, text, REG_EXTENDED | flags) : 0;
	if (rc != 0)
		regerror(rc, to, why, PATTERN_WHY_MAX);
	free(text);
	return good && rc == 0;
}
