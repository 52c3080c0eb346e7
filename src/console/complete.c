/* complete.c - Tab: types what all candidates have in common, and lists them. */
#include "console/console_private.h"

#include "base/mem.h"
#include "base/text.h"
#include "console/lines.h"
#include "console/sheet.h"
#include <stdlib.h>

struct candidates {
	struct console *c;
	struct bytes list; /* candidates, each with an LF */
	char *common;
	size_t count;
};

static void add_candidate(void *arg, const char *candidate)
{
	struct candidates *done = arg;
	bytes_addf(&done->list, "%s\n", candidate);
	if (!done->count++) {
		done->common = mem_str(candidate);
		return;
	}
	size_t n = 0;
	while (done->common[n] && done->common[n] == candidate[n])
		n++;
	while (n && ((uint8_t)done->common[n] & 0xC0) == 0x80) /* cuts no character */
		n--;
	done->common[n] = 0;
}

static void show_candidates(struct console *c, struct slice list)
{
	struct bytes row;
	struct slice each;
	size_t columns = terminal_columns(c->terminal);
	if (sheet_words(c, list))
		return;
	bytes_init(&row, LIMIT_MESSAGE);
	while (slice_line(&list, &each)) {
		if (row.len && row.len + each.len + 2 >= columns) {
			c->ui.ops->line(&c->ui, UI_OUTPUT, bytes_shown(&row));
			bytes_clear(&row);
		}
		bytes_add_str(&row, row.len ? "  " : "");
		text_add(&row, each, TEXT_PLAIN | text_charset(c->ui.utf8));
	}
	c->ui.ops->line(&c->ui, UI_OUTPUT, bytes_shown(&row));
	bytes_free(&row);
}

static void insert_utf8(struct console *c, struct slice text)
{
	console_set_line(c, text);
	editor_insert(c->editor, c->replacement);
}

void console_complete(struct console *c)
{
	struct candidates done = {.c = c};
	const wchar_t *line;
	size_t length, cursor, start = 0;
	editor_now(c->editor, &line, &length, &cursor);
	struct line_at at = lines_at(line, length, cursor);
	char *before = console_utf8(line + at.from, cursor - at.from);
	struct slice text = slice_str(before);
	bytes_init(&done.list, LIMIT_MESSAGE);
	shell_complete(c->shell, text, text.len, &start, add_candidate, &done);
	size_t have = text.len - start;
	if (done.count && strlen(done.common) > have)
		insert_utf8(c, slice_str(done.common + have));
	else if (done.count > 1)
		show_candidates(c, bytes_shown(&done.list));
	/* After a folder or NAME= something must follow. */
	if (done.count == 1 && done.common[0] &&
		!strchr("/=", done.common[strlen(done.common) - 1]))
		insert_utf8(c, SLICE(" "));
	free(done.common);
	free(before);
	bytes_free(&done.list);
}
