/* highlight.c - see highlight.h. */
#include "pane/highlight.h"

#include "base/mem.h"
#include "base/number.h"
#include <stdlib.h>

static const struct {
	char name[8];
	enum style style;
} colours[] = {{"red", STYLE_RED}, {"yellow", STYLE_YELLOW}, {"green", STYLE_GREEN},
	{"cyan", STYLE_CYAN}, {"blue", STYLE_BLUE}, {"magenta", STYLE_MAGENTA}};
enum { COLOURS = sizeof colours / sizeof colours[0] };

const char *highlight_colour(const void *unused, size_t index)
{
	(void)unused;
	return index < COLOURS ? colours[index].name : NULL;
}

static struct highlight *find_rule(struct highlights *h, struct slice text)
{
	for (size_t i = 0; i < h->count; i++)
		if (slice_is(text, h->at[i].text))
			return &h->at[i];
	return NULL;
}

static void count_telling(struct highlights *h)
{
	h->telling = 0;
	for (size_t i = 0; i < h->count; i++)
		h->telling += h->at[i].tells != TELLS_NOTHING;
}

bool highlights_add(struct highlights *h, struct slice text, size_t colour,
	enum highlight_tells tells, struct error *err)
{
	struct highlight *rule = find_rule(h, text);
	if (!rule && h->count == HIGHLIGHTS_MAX)
		return error_set(err, STATUS_USAGE,
			"there can be at most %d highlights; .highlight --drop removes one",
			HIGHLIGHTS_MAX);
	if (!rule) {
		struct find find;
		if (!find_begin(&find, text, 0, err)) {
			find_end(&find);
			return false;
		}
		rule = &h->at[h->count++];
		rule->text = mem_strn(text.at, text.len);
		rule->find = find;
	}
	rule->style = colours[colour].style;
	rule->tells = tells;
	count_telling(h);
	return true;
}

static void forget(struct highlight *rule)
{
	find_end(&rule->find);
	free(rule->text);
}

bool highlights_drop(struct highlights *h, struct slice which)
{
	uint64_t number;
	struct error none;
	struct highlight *rule = find_rule(h, which);
	if (!rule && h->count && number_parse(which, "the number", 1, h->count, &number, &none))
		rule = &h->at[number - 1];
	if (!rule)
		return false;
	forget(rule);
	size_t after = (size_t)(h->at + h->count - rule) - 1;
	memmove(rule, rule + 1, after * sizeof *rule);
	h->count--;
	count_telling(h);
	return true;
}

void highlight_spell(const struct highlight *rule, struct bytes *out)
{
	static const char tells[][12] = {
		[TELLS_NOTHING] = "", [TELLS_BELL] = " --bell", [TELLS_FLASH] = " --flash"};
	size_t colour = 0;
	while (colours[colour].style != rule->style)
		colour++;
	bytes_addf(out, "%s %s%s", rule->text, colours[colour].name, tells[rule->tells]);
}

void highlights_free(struct highlights *h)
{
	for (size_t i = 0; i < h->count; i++)
		forget(&h->at[i]);
	*h = (struct highlights){0};
}
