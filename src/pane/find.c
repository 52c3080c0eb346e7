/* find.c - searching a pane; see pane.h. */
#include "base/escape.h"
#include "base/pattern.h"
#include "base/text.h"
#include "pane/pane.h"
#include <ctype.h>

static void find_end(struct find *f)
{
	if (f->kind == FIND_REGEX)
		regfree(&f->regex);
	f->kind = FIND_NOTHING;
	bytes_free(&f->needle);
	bytes_init(&f->needle, LIMIT_LINE);
}

static bool has_capital(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (isupper(text.at[i]))
			return true;
	return false;
}

static bool find_regex(struct find *f, struct slice text, struct error *err)
{
	char why[PATTERN_WHY_MAX];
	if (pattern_compile(
		    &f->regex, text, REG_NEWLINE | (has_capital(text) ? 0 : REG_ICASE), why)) {
		f->kind = FIND_REGEX;
		return true;
	}
	return error_at(err, 0, text.len + 2, "no regular expression: %s", why);
}

static bool find_begin(struct find *f, struct slice text, struct error *err)
{
	if (slice_starts(text, SLICE(".x "))) {
		if (!escape_bytes(slice_cut(text, 3, text.len), &f->needle, err)) {
			err->column += err->placed ? 3 : 0;
			return false;
		}
		f->kind = f->needle.len ? FIND_BYTES : FIND_NOTHING;
		return true;
	}
	if (text.len > 2 && text.at[0] == '/' && text.at[text.len - 1] == '/')
		return find_regex(f, slice_cut(text, 1, text.len - 1), err);
	if (!text.len)
		return true;
	f->kind = FIND_TEXT;
	f->any_case = !has_capital(text);
	bytes_add(&f->needle, text);
	bytes_add_byte(&f->needle, 0); /* for strstr() */
	return true;
}

bool pane_find(struct pane *p, struct slice text, struct error *err)
{
	struct find next = {.kind = FIND_NOTHING};
	bytes_init(&next.needle, LIMIT_LINE);
	if (!find_begin(&next, text, err)) {
		find_end(&next);
		return false;
	}
	find_end(&p->find);
	p->find = next;
	p->stamp++; /* of the filter `found`, and of what is marked */
	return true;
}

bool pane_is_found(const struct pane *p, const struct entry *e)
{
	const struct find *f = &p->find;
	struct bytes text;
	bool found = false;
	if (f->kind == FIND_NOTHING)
		return false;
	bytes_init(&text, LIMIT_FRAME_MOST);
	if (f->kind == FIND_BYTES) {
		entry_wire(e, &text);
		found = text.len && memmem(text.at, text.len, f->needle.at, f->needle.len);
	} else {
		entry_text(e, &text);
		const char *all = bytes_str(&text), *needle = (const char *)f->needle.at;
		found = f->kind == FIND_REGEX ? regexec(&f->regex, all, 0, NULL, 0) == 0
			: f->any_case         ? strcasestr(all, needle) != NULL
					      : strstr(all, needle) != NULL;
	}
	bytes_free(&text);
	return found;
}

size_t pane_found(const struct pane *p, size_t *which)
{
	size_t count = 0;
	*which = 0;
	for (size_t i = 0; i < p->count; i++)
		if (pane_is_found(p, &p->slots[i].entry)) {
			count++;
			if (p->selecting && i == p->selected)
				*which = count;
		}
	return count;
}
