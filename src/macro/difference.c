/* difference.c - see difference.h. */
#include <wilco/difference.h>

#include "base/mem.h"
#include "base/text.h"
#include <stdlib.h>

static char *copy(struct slice text)
{
	return text.at ? mem_strn(text.at, text.len) : NULL;
}

void difference_add(struct differences *d, const char *at, struct slice expected, struct slice got)
{
	if (d->count == DIFFERENCES_MAX) {
		d->more++;
		return;
	}
	d->at[d->count++] = (struct difference){mem_str(at), copy(expected), copy(got)};
}

void difference_addf(
	struct differences *d, struct slice expected, struct slice got, const char *format, ...)
{
	char at[200];
	va_list args;
	va_start(args, format);
	text_format(at, sizeof at, format, args);
	va_end(args);
	difference_add(d, at, expected, got);
}

void difference_spell(const struct difference *d, struct bytes *out)
{
	bytes_addf(out, "%s: expected %s, got %s", d->at ? d->at : "",
		d->expected ? d->expected : "nothing", d->got ? d->got : "nothing");
}

void differences_clear(struct differences *d)
{
	for (size_t i = 0; i < d->count; i++) {
		free((void *)d->at[i].at);
		free((void *)d->at[i].expected);
		free((void *)d->at[i].got);
	}
	d->count = d->more = 0;
}
