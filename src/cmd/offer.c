/* offer.c - see offer.h. */
#include "cmd/offer.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "pane/rows.h"
#include <stdlib.h>

enum { BOOK_MOST = 20, USED_MOST = 10 };
enum { NUMBER_CELLS = 5, LINE_CELLS = 80 };

struct offer {
	struct shell *shell;
	struct offered {
		struct bytes line;         /* `.open NAME` */
		struct bytes name, beside; /* its row, not safe yet */
	} at[BOOK_MOST + USED_MOST];
	size_t count, more; /* more: devices of the book for which there is no room */
};

void offer_spell(const char *device, struct bytes *line)
{
	bytes_add_str(line, ".open ");
	escape_add_word(line, slice_str(device), 0);
}

void offer_open(struct shell *sh, struct slice line)
{
	struct error ignored; /* the history said itself that it cannot be kept */
	history_add(shell_history(sh), line, &ignored);
	shell_line(sh, line);
}

/* Adds a device; the caller adds what is shown beside its name. */
static struct bytes *offer_add(struct offer *offer, const char *device, const char *name)
{
	struct offered *o = &offer->at[offer->count++];
	bytes_init(&o->line, LIMIT_LINE);
	bytes_init(&o->name, LIMIT_MESSAGE);
	bytes_init(&o->beside, LIMIT_MESSAGE);
	offer_spell(device, &o->line);
	bytes_add_str(&o->name, name);
	return &o->beside;
}

static void offer_book(struct offer *offer)
{
	const struct devices *book = &offer->shell->context->devices;
	for (size_t i = 0; i < book->count && i < BOOK_MOST; i++)
		address_text(&book->at[i]->address,
			offer_add(offer, book->at[i]->name, book->at[i]->name));
	offer->more = book->count > BOOK_MOST ? book->count - BOOK_MOST : 0;
}

/* Says whether the name of a history is an address that can be opened.  The demo's devices are
 * there only in a demo. */
static bool is_address(const char *device)
{
	struct address a;
	struct error ignored;
	bool is = *device && !shell_is_demo(device) &&
		  address_parse(slice_str(device), 0, &a, &ignored);
	if (is)
		address_free(&a);
	return is;
}

static void offer_used(struct offer *offer)
{
	struct history_use used[USED_MOST + BOOK_MOST];
	char when[HISTORY_TIME_MAX];
	size_t count = history_last_used(used, USED_MOST + BOOK_MOST);
	for (size_t i = 0, shown = 0; i < count; i++) {
		struct slice name = slice_str(used[i].device);
		bool book = devices_find(&offer->shell->context->devices, name);
		if (!book && shown < USED_MOST && is_address(used[i].device)) {
			shown++;
			bytes_addf(offer_add(offer, used[i].device, quote(name).text), "used %s",
				history_short_time(used[i].time, when));
		}
		free(used[i].device);
	}
}

/* Returns how wide the names are, but for those that leave others no room beside them. */
static size_t names_cells(struct offer *offer, size_t width)
{
	size_t most = 0, room = width / 2 - NUMBER_CELLS;
	for (size_t i = 0; i < offer->count; i++) {
		size_t cells = text_cells(bytes_shown(&offer->at[i].name));
		most = cells > most && cells <= room ? cells : most;
	}
	return most;
}

/* Adds the row of a device, what stands beside the names in one column. */
static void row_text(struct offer *offer, size_t i, size_t width, struct bytes *out)
{
	struct offered *o = &offer->at[i];
	size_t names = names_cells(offer, width), cells = text_cells(bytes_shown(&o->name));
	bytes_addf(out, "%3zu  %.*s%*s  %.*s", i + 1, SLICE_ARG(bytes_shown(&o->name)),
		names > cells ? (int)(names - cells) : 0, "", SLICE_ARG(bytes_shown(&o->beside)));
}

/* ---- as lines ---- */

static void more_text(const struct offer *offer, struct bytes *out)
{
	bytes_addf(out, "     %zu more in the device book; .devices lists them", offer->more);
}

static void offer_print(struct offer *offer)
{
	struct bytes row;
	bytes_init(&row, LIMIT_MESSAGE);
	for (size_t i = 0; i < offer->count; i++) {
		bytes_clear(&row);
		row_text(offer, i, LINE_CELLS, &row);
		shell_print(offer->shell, UI_OUTPUT, "%.*s", SLICE_ARG(bytes_shown(&row)));
	}
	bytes_clear(&row);
	more_text(offer, &row);
	if (offer->more)
		shell_print(offer->shell, UI_OUTPUT, "%s", bytes_str(&row));
	bytes_free(&row);
	shell_print(
		offer->shell, UI_NOTE, "a number opens one of these, .open HOST another; .help");
}

/* ---- as a list on a split screen ---- */

static void add_row(const struct offer *offer, struct bytes *text, struct rows *rows)
{
	struct bytes safe;
	bytes_init(&safe, LIMIT_MESSAGE * TEXT_MOST);
	text_add(&safe, bytes_shown(text), TEXT_PLAIN | ui_spelling(offer->shell->ui));
	styled_add(&rows->line, STYLE_PLAIN, bytes_shown(&safe));
	styled_cut(&rows->line, rows->width);
	rows_end(rows);
	bytes_free(&safe);
}

static void list_rows(void *arg, struct rows *rows)
{
	struct offer *offer = arg;
	struct bytes row;
	bytes_init(&row, LIMIT_MESSAGE);
	for (size_t i = 0; i < offer->count; i++) {
		bytes_clear(&row);
		row_text(offer, i, rows->width, &row);
		add_row(offer, &row, rows);
	}
	bytes_clear(&row);
	more_text(offer, &row);
	if (offer->more)
		add_row(offer, &row, rows);
	bytes_free(&row);
}

static size_t list_count(void *arg)
{
	const struct offer *offer = arg;
	return offer->count;
}

static const char *list_does(void *arg, size_t row)
{
	(void)arg;
	(void)row;
	return "open";
}

/* Whoever closed the list may still type a number. */
static void list_ended(void *arg, size_t chosen)
{
	struct offer *offer = arg;
	struct shell *sh = offer->shell;
	if (sh->quitting)
		return;
	if (chosen >= offer->count) {
		offer_print(offer);
		return;
	}
	offer_open(sh, bytes_slice(&offer->at[chosen].line));
	if (sh->context->options.term && shell_current(sh))
		shell_line(sh, SLICE(".term"));
}

static const struct choices list = {
	.rows = list_rows, .count = list_count, .does = list_does, .ended = list_ended};

/* ---- the offer ---- */

struct offer *offer_new(struct shell *sh)
{
	struct offer *offer = mem_new(sizeof *offer);
	struct ui *ui = sh->ui;
	offer->shell = sh;
	offer_book(offer);
	offer_used(offer);
	if (!offer->count) {
		offer_free(offer);
		return NULL;
	}
	if (!ui->ops->choose ||
		!ui->ops->choose(ui, "open a device: Enter, or its number", &list, offer, 0))
		offer_print(offer);
	return offer;
}

void offer_free(struct offer *offer)
{
	if (!offer)
		return;
	for (size_t i = 0; i < offer->count; i++) {
		bytes_free(&offer->at[i].line);
		bytes_free(&offer->at[i].name);
		bytes_free(&offer->at[i].beside);
	}
	free(offer);
}

struct slice offer_line(const struct offer *offer, struct slice typed)
{
	struct error ignored;
	uint64_t number;
	if (!offer || !number_parse(slice_trim(typed), "", 1, offer->count, &number, &ignored))
		return typed;
	return bytes_slice(&offer->at[number - 1].line);
}
