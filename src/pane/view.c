/* view.c - see view.h. */
#include "pane/view.h"

#include "base/number.h"
#include "base/text.h"
#include "pane/anatomy.h"

typedef void (*line_sink)(void *arg, struct slice text);

enum { ANATOMY_CELLS = 78 };

const char *view_name(const void *unused, size_t index)
{
	static const char *const names[] = {"text", "hex", "dump", "anatomy"};
	(void)unused;
	return index < VIEW_COUNT ? names[index] : NULL;
}

static void dump_lines(struct slice bytes, line_sink line, void *arg)
{
	struct bytes row;
	bytes_init(&row, 256);
	for (size_t at = 0; at < bytes.len || at == 0; at += 16) {
		bytes_clear(&row);
		text_add_dump_row(&row, at, slice_cut(bytes, at, at + 16), bytes.len > 0x10000);
		line(arg, bytes_slice(&row));
	}
	bytes_free(&row);
}

void view_lines(enum view view, struct slice bytes, unsigned flags, line_sink line, void *arg)
{
	struct bytes text;
	if (view == VIEW_DUMP) {
		dump_lines(bytes, line, arg);
		return;
	}
	/* No byte takes more than the ten characters of \u{10ffff}. */
	bytes_init(&text, bytes.len * 10 + 8);
	if (view == VIEW_HEX || (view == VIEW_TEXT && flags & TEXT_BIN))
		text_add_hex(&text, bytes, view == VIEW_TEXT);
	else
		text_add(&text, bytes, flags | TEXT_EDGES);
	line(arg, bytes_slice(&text));
	bytes_free(&text);
}

struct sink {
	line_sink line;
	void *arg;
};

static void on_row(void *arg, const struct styled *row)
{
	struct sink *sink = arg;
	sink->line(sink->arg, bytes_slice(&row->text));
}

static bool anatomy_lines(
	const struct frame *frame, const struct reply *r, unsigned flags, line_sink line, void *arg)
{
	struct sink sink = {line, arg};
	struct rows rows;
	struct anatomy a = {
		.frame = frame, .side = SIDE_REPLY, .raw = r->raw, .utf8 = !(flags & TEXT_ASCII)};
	rows_init(&rows, ANATOMY_CELLS, 0, (size_t)-1, on_row, &sink);
	bool good = anatomy_rows(&a, 0, &rows);
	rows_free(&rows);
	return good;
}

void view_reply(enum view view, const struct frame *frame, const struct reply *r, unsigned flags,
	line_sink line, void *arg)
{
	if (view != VIEW_ANATOMY)
		view_lines(view, view_bytes(r), flags, line, arg);
	else if (!anatomy_lines(frame, r, flags, line, arg))
		view_lines(VIEW_DUMP, r->raw, flags, line, arg);
}

bool view_counts(const struct reply *r)
{
	return r->kind == SPLIT_FRAME && r->mark != MARK_ECHO;
}

struct slice view_bytes(const struct reply *r)
{
	return r->has_payload ? r->payload : r->raw;
}

void view_about(const struct exchange *x, const struct reply *r, struct bytes *out)
{
	char text[DURATION_TEXT_MAX];
	int64_t rtt = exchange_rtt(x);
	bool timed = x->command && rtt >= 0 && r == x->last;
	bool unasked = x->status == EXCHANGE_UNSOLICITED || x->status == EXCHANGE_LATE;
	if (timed)
		bytes_add_str(out, duration_text(rtt, text));
	if (unasked)
		bytes_addf(out, "%s%s", timed ? "  " : "", exchange_status_name(x->status));
}

const char *view_end(const struct reply *r)
{
	return r->kind == SPLIT_FRAME ? r->end : r->error ? r->error : "";
}

void view_detail(const struct exchange *x, const struct reply *r, struct bytes *out)
{
	view_about(x, r, out);
	bytes_addf(out, "%s%s", out->len ? "  " : "", view_end(r));
}

const char *view_reason(const struct exchange *x)
{
	return x->error ? x->error : exchange_status_name(x->status);
}

void view_failure(const char *device, const struct exchange *x, struct bytes *out)
{
	bool connect = x->status == EXCHANGE_CONNECT;
	bytes_addf(out, "Failed to %s device %s: %s", connect ? "connect to" : "communicate with",
		device, view_reason(x));
}
