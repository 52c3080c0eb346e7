/* overview.c - see overview.h.
 *
 *    1 pump1*  open      3 s  1450 rpm ▁▂▅▇▆  READY
 *    2 pump2                                  Enter opens tcp://10.0.0.6:4001
 *
 * The number, the name (a star: something came since it was the current one) and the state always
 * stand there.  The watched number is left out on a narrow screen, and the reply has what is left.
 */
#include "cmd/overview.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/watch.h"
#include "pane/chart.h"
#include <stdio.h>
#include <stdlib.h>

enum { KNOWN_MOST = 200 };            /* devices of the book that are looked at */
enum { AGE_CELLS = 6, AGE_MAX = 16 }; /* "59 min" */
enum { NUMBER_LEAST = 6 };            /* cells of a watched number */
enum { CHART_CELLS = 8, WIDE_CHART_CELLS = 20 };
enum { NUMBERS_FROM = 60, WIDE_FROM = 100 }; /* cells of the row */
static const int64_t MINUTE = 60 * (int64_t)NS_PER_S, HOUR = 3600 * (int64_t)NS_PER_S;

/* ---- what is heard ---- */

void overview_frame(struct opened *device, const struct exchange *x, const struct reply *r)
{
	struct heard *h = &device->heard;
	if (!r || !view_counts(r))
		return;
	struct slice all = view_bytes(r), kept = text_cut(all, HEARD_MAX);
	slice_copy(h->bytes, kept);
	h->len = kept.len;
	h->more = kept.len < all.len;
	h->wrong = r->kind != SPLIT_FRAME || r->error;
	h->spelling = frame_spelling(x->frame) | x->charset * TEXT_CHARSET;
	h->at = loop_now(device->shell->loop);
	h->trouble = EXCHANGE_WAITING;
}

void overview_ended(struct opened *device, const struct exchange *x)
{
	if (x->command && exchange_failed(x) && x->status != EXCHANGE_DAMAGED)
		device->heard.trouble = x->status;
}

/* ---- how long ago ---- */

/* Returns the unit in which an age is told. */
static int64_t age_unit(int64_t age)
{
	return age < MINUTE ? NS_PER_S : age < HOUR ? MINUTE : age < 48 * HOUR ? HOUR : 24 * HOUR;
}

static void age_text(int64_t age, char out[AGE_MAX])
{
	int64_t unit = age_unit(age);
	const char *name = unit == NS_PER_S ? "s"
			   : unit == MINUTE ? "min"
			   : unit == HOUR   ? "h"
					    : "d";
	snprintf(out, AGE_MAX, "%d %s", (int)(age / unit % 100000), name);
}

static int64_t age_of(const struct opened *device)
{
	return loop_now_fresh(device->shell->loop) - device->heard.at;
}

int64_t overview_due(const struct shell *sh)
{
	int64_t due = 0;
	for (size_t i = 0; i < sh->device_count; i++) {
		const struct opened *device = sh->devices[i];
		int64_t age = age_of(device), unit = age_unit(age), left = unit - age % unit;
		if (device->heard.at && (!due || left < due))
			due = left;
	}
	return due;
}

/* ---- rows ---- */

/* How wide the columns are. */
struct columns {
	size_t number, name, state;
	size_t watched, chart; /* 0: there is no such column */
};

static void add_name(const struct opened *device, struct bytes *out)
{
	text_add(out, slice_str(session_name(device->session)),
		TEXT_PLAIN | ui_spelling(device->shell->ui));
}

static size_t name_cells(const struct opened *device)
{
	struct bytes name;
	bytes_init(&name, LIMIT_MESSAGE);
	add_name(device, &name);
	size_t cells = text_cells(bytes_shown(&name));
	bytes_free(&name);
	return cells + 1; /* the star */
}

static size_t digits(size_t number)
{
	return number < 10 ? 1 : 1 + digits(number / 10);
}

static const struct watch *watch_of(const struct opened *device)
{
	const struct watch *w = device->shell->watches;
	while (w && w->device != device)
		w = w->next;
	return w;
}

/* Writes the number of the device's first watch, or why there is none; no watch: nothing. */
static void watched_text(const struct opened *device, char out[WATCH_WORD_MAX])
{
	const struct watch *w = watch_of(device);
	out[0] = 0;
	if (w)
		watch_word(w, w->total ? WATCH_LAST : WATCH_TROUBLE, out);
}

static void widen(size_t *cells, size_t to)
{
	*cells = to > *cells ? to : *cells;
}

static struct columns columns_of(
	const struct shell *sh, const struct device *const *known, size_t count, size_t width)
{
	char word[WATCH_WORD_MAX];
	struct columns c = {.number = digits(sh->device_count + count)};
	bool numbers = sh->watches && width >= NUMBERS_FROM;
	size_t most = width / (width < NUMBERS_FROM ? 3 : 4);
	if (numbers)
		c.watched = NUMBER_LEAST;
	if (numbers && sh->ui->utf8)
		c.chart = width < WIDE_FROM ? CHART_CELLS : WIDE_CHART_CELLS;
	for (size_t i = 0; i < sh->device_count; i++) {
		const struct opened *device = sh->devices[i];
		watched_text(device, word);
		widen(&c.name, name_cells(device));
		widen(&c.state, strlen(shell_state_name(device->session)));
		widen(&c.watched, numbers ? text_cells(slice_str(word)) : 0);
	}
	for (size_t i = 0; i < count; i++)
		widen(&c.name, text_cells(slice_str(known[i]->name)) + 1);
	c.name = c.name < most ? c.name : most;
	return c;
}

/* Adds text as a column of so many cells; what is longer is cut. */
static void add_column(struct styled *row, enum style style, struct slice safe, size_t cells)
{
	size_t end = row->cells + cells;
	styled_add(row, style, safe);
	styled_cut(row, end);
	styled_pad(row, STYLE_PLAIN, end);
}

static void add_device(const struct opened *device, const struct columns *c, struct styled *row)
{
	struct bytes name;
	bool current = device == shell_current(device->shell);
	enum session_state state = session_state(device->session);
	bool up = state == SESSION_OPEN || session_rests(device->session);
	bytes_init(&name, LIMIT_MESSAGE);
	add_name(device, &name);
	bytes_add_str(&name, device->unseen ? "*" : "");
	styled_addf(row, current ? STYLE_CURRENT : STYLE_DIM, "%c%*zu ", current ? '>' : ' ',
		(int)c->number, device->index + 1);
	add_column(row, current ? STYLE_CURRENT : STYLE_PAYLOAD, bytes_shown(&name), c->name);
	styled_add(row, STYLE_PLAIN, SLICE(" "));
	add_column(row, up ? STYLE_GOOD : STYLE_EVENT, slice_str(shell_state_name(device->session)),
		c->state);
	bytes_free(&name);
}

/* Adds the last numbers of a watch as a chart of one row. */
static void add_chart(const struct watch *w, size_t cells, struct styled *row)
{
	size_t count = w->count < cells ? w->count : cells;
	double *values = mem_grow(NULL, count + 1, sizeof *values);
	for (size_t i = 0; i < count; i++)
		values[i] = w->samples[w->count - count + i].value;
	chart_line(CHART_BLOCK, values, count, row);
	free(values);
}

/* Adds the number of the device's first watch, and its chart. */
static void add_number(const struct opened *device, const struct columns *c, struct styled *row)
{
	const struct watch *w = watch_of(device);
	char word[WATCH_WORD_MAX];
	size_t end = row->cells + 2 + c->watched + (c->chart ? 1 + c->chart : 0);
	watched_text(device, word);
	styled_add(row, STYLE_PLAIN, SLICE("  "));
	add_column(row, STYLE_PAYLOAD, slice_str(word), c->watched);
	if (w && c->chart) {
		styled_add(row, STYLE_PLAIN, SLICE(" "));
		add_chart(w, c->chart, row);
	}
	styled_pad(row, STYLE_PLAIN, end);
}

static void add_reply(const struct opened *device, struct styled *row)
{
	const struct heard *h = &device->heard;
	struct bytes text;
	if (h->trouble != EXCHANGE_WAITING)
		styled_addf(row, STYLE_WRONG, "(%s) ", exchange_status_name(h->trouble));
	if (h->wrong)
		styled_add(row, STYLE_WRONG, SLICE("! "));
	bytes_init(&text, HEARD_MAX * TEXT_MOST);
	text_add(&text, slice_of(h->bytes, h->len),
		TEXT_PLAIN | h->spelling | ui_spelling(device->shell->ui));
	styled_add(row, h->wrong ? STYLE_WRONG : STYLE_PAYLOAD, bytes_shown(&text));
	styled_add(row, STYLE_DIM, h->more ? SLICE("~") : SLICE(""));
	if (!h->at && h->trouble == EXCHANGE_WAITING)
		styled_add(row, STYLE_DIM, SLICE("nothing came yet"));
	bytes_free(&text);
}

static void add_row(const struct opened *device, const struct columns *c, struct rows *rows)
{
	struct styled *row = &rows->line;
	char age[AGE_MAX] = "";
	add_device(device, c, row);
	if (device->heard.at)
		age_text(age_of(device), age);
	styled_addf(row, STYLE_DIM, " %*s", AGE_CELLS, age);
	if (c->watched)
		add_number(device, c, row);
	styled_add(row, STYLE_PLAIN, SLICE("  "));
	add_reply(device, row);
	styled_cut(row, rows->width);
}

/* ---- known devices ---- */

/* Says whether a device of the book is open here. */
static bool is_open(const struct shell *sh, const struct device *device)
{
	for (size_t i = 0; i < sh->device_count; i++)
		if (strcmp(session_name(sh->devices[i]->session), device->name) == 0)
			return true;
	return false;
}

/* Gives those of the book's devices that are not open, at most KNOWN_MOST of all; returns their
 * number. */
static size_t known_devices(const struct shell *sh, const struct device *known[KNOWN_MOST])
{
	const struct devices *book = &sh->context->devices;
	size_t count = 0;
	for (size_t i = 0; i < book->count && i < KNOWN_MOST; i++)
		if (!is_open(sh, book->at[i]))
			known[count++] = book->at[i];
	return count;
}

size_t overview_count(const struct shell *sh)
{
	const struct device *known[KNOWN_MOST];
	return sh->device_count + known_devices(sh, known);
}

const char *overview_known(const struct shell *sh, size_t row)
{
	const struct device *known[KNOWN_MOST];
	size_t count = known_devices(sh, known), at = row - sh->device_count;
	return row >= sh->device_count && at < count ? known[at]->name : NULL;
}

static void add_known(const struct shell *sh, const struct device *device, size_t number,
	const struct columns *c, struct rows *rows)
{
	struct styled *row = &rows->line;
	unsigned how = TEXT_PLAIN | ui_spelling(sh->ui);
	struct bytes safe, where;
	bytes_init(&safe, LIMIT_MESSAGE);
	bytes_init(&where, LIMIT_MESSAGE);
	text_add(&safe, slice_str(device->name), how);
	styled_addf(row, STYLE_DIM, " %*zu ", (int)c->number, number);
	add_column(row, STYLE_DIM, bytes_shown(&safe), c->name);
	size_t watched = c->watched ? 2 + c->watched + (c->chart ? 1 + c->chart : 0) : 0;
	styled_pad(row, STYLE_DIM, row->cells + 1 + c->state + 1 + AGE_CELLS + watched + 2);
	address_text(&device->address, &where);
	bytes_clear(&safe);
	text_add(&safe, bytes_shown(&where), how);
	styled_add(row, STYLE_DIM, SLICE("Enter opens  "));
	styled_add(row, STYLE_DIM, bytes_shown(&safe));
	styled_cut(row, rows->width);
	bytes_free(&safe);
	bytes_free(&where);
}

static void known_rows(const struct shell *sh, const struct device *const *known, size_t count,
	const struct columns *c, struct rows *rows)
{
	size_t all = sh->context->devices.count;
	for (size_t i = 0; i < count; i++) {
		if (rows_seen(rows))
			add_known(sh, known[i], sh->device_count + i + 1, c, rows);
		rows_end(rows);
	}
	if (all <= KNOWN_MOST)
		return;
	styled_addf(&rows->line, STYLE_DIM, " %zu more in the device book; .devices lists them",
		all - KNOWN_MOST);
	rows_end(rows);
}

void overview_rows(const struct shell *sh, bool with_known, struct rows *rows)
{
	const struct device *known[KNOWN_MOST];
	size_t count = with_known ? known_devices(sh, known) : 0;
	struct columns c = columns_of(sh, known, count, rows->width);
	for (size_t i = 0; i < sh->device_count; i++) {
		if (rows_seen(rows))
			add_row(sh->devices[i], &c, rows);
		rows_end(rows);
	}
	if (with_known)
		known_rows(sh, known, count, &c, rows);
}
