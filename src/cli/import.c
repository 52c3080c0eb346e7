/* import.c - wilco import FILE: a macro of what others said to a device. */
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/record.h"
#include "cli/traffic.h"
#include "pane/language.h"
#include "pane/written.h"
#include "session/pairing.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One line of what is written. */
struct import_line {
	size_t stream; /* in traffic.streams */
	const struct paired *what;
};

struct import {
	struct cli *cli;
	const char *file;
	struct traffic traffic;
	struct frame *frame;       /* that of --frame, or `raw` */
	bool runs;                 /* there was no --frame */
	struct pairing **pairings; /* of the streams; NULL: not taken */
	struct import_line *lines;
	size_t count, room;
	struct written written;
	struct session *session; /* for the writer; never opened */
	size_t session_stream;
	uint64_t left_out, damaged; /* lines that are too long; frames */
};

/* ---- reading ---- */

static bool read_choice(const struct options *o, uint32_t *choice, struct error *err)
{
	uint64_t number = STREAM_NONE;
	if (o->stream && strcmp(o->stream, "all") == 0)
		number = STREAM_ALL;
	else if (o->stream &&
		 !number_parse(slice_str(o->stream), "the stream", 1, LIMIT_STREAMS, &number, err))
		return error_hint(err, "--stream all takes all of them");
	*choice = (uint32_t)number;
	return true;
}

/* "2026-11-23 12:01:02", local time */
static const char *day_text(const struct timespec *time, char out[TIME_TEXT_MAX])
{
	struct tm tm;
	localtime_r(&time->tv_sec, &tm);
	if (!time->tv_sec || !strftime(out, TIME_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(out, TIME_TEXT_MAX, "-");
	return out;
}

static void list_stream(const struct traffic_stream *s, struct bytes *line)
{
	char begin[TIME_TEXT_MAX], took[DURATION_TEXT_MAX];
	int64_t ns = (int64_t)(s->last.tv_sec - s->first.tv_sec) * NS_PER_S + s->last.tv_nsec -
		     s->first.tv_nsec;
	uint64_t missing = s->missing[0] + s->missing[1];
	bytes_addf(line, "%5zu  ", s->number);
	text_add(line, slice_str(s->device), cli_stderr_spelling());
	if (*s->program)
		bytes_addf(line, " %s %s", s->known ? "from" : "and", s->program);
	bytes_addf(line, ": %llu bytes %s, %llu back, %s, %s", (unsigned long long)s->bytes[0],
		s->known ? "to it" : "one way", (unsigned long long)s->bytes[1],
		day_text(&s->first, begin), duration_text(ns > 0 ? ns : 0, took));
	if (missing)
		bytes_addf(line, ", %llu missing", (unsigned long long)missing);
	bytes_add_byte(line, '\n');
}

static void list_streams(const struct traffic *t)
{
	struct bytes line;
	bytes_init(&line, LIMIT_MESSAGE);
	for (size_t i = 0; i < t->count; i++) {
		list_stream(&t->streams[i], &line);
		cli_stderr(bytes_shown(&line));
		bytes_clear(&line);
	}
	bytes_free(&line);
}

static bool find_frame(struct import *m, struct error *err)
{
	const char *name = m->cli->options.frame;
	m->runs = !name;
	m->frame = frame_find(m->cli->context->book, slice_str(name ? name : "raw"), err);
	return m->frame != NULL;
}

/* ---- pairing ---- */

static void pair_said(struct pairing *p, const struct talk *t, const struct said *s)
{
	enum frame_side side = s->side ? SIDE_REPLY : SIDE_COMMAND;
	const struct pairing_at at = {s->when.number, s->when.time, s->apart};
	if (s->kind == SAID_BYTES)
		pairing_bytes(p, side, talk_bytes(t, s), &at);
	else if (s->kind == SAID_MISSING)
		pairing_missing(p, side, s->offset, s->len, &at);
	else
		pairing_closed(p, side, &at);
}

static bool pair_stream(struct import *m, size_t stream, struct error *err)
{
	const struct talk *t = &m->traffic.streams[stream].talk;
	struct pairing *p = m->pairings[stream] = pairing_new(m->frame, m->runs);
	size_t count;
	for (size_t i = 0; i < t->count; i++)
		pair_said(p, t, &t->said[i]);
	const struct paired *what = pairing_end(p, &count);
	m->damaged += pairing_damaged(p);
	if (pairing_over(p) || count > LIMIT_PAIRED - m->count)
		return error_set(err, STATUS_USAGE,
			"the file has more than %d commands and replies, and a macro can have no "
			"more",
			LIMIT_PAIRED);
	for (size_t i = 0; i < count; i++) {
		m->lines = mem_more(m->lines, m->count, &m->room, sizeof *m->lines);
		m->lines[m->count++] = (struct import_line){stream, &what[i]};
	}
	talk_free(&m->traffic.streams[stream].talk);
	return true;
}

static int compare(const void *one, const void *other)
{
	const struct import_line *a = one, *b = other;
	if (a->what->number != b->what->number)
		return a->what->number < b->what->number ? -1 : 1;
	if (a->stream != b->stream)
		return a->stream < b->stream ? -1 : 1;
	return a->what->item < b->what->item ? -1 : a->what->item > b->what->item;
}

/* Says whether two commands were sent with the same fields set. */
static bool is_set_alike(const struct import *m, const struct exchange *a, const struct exchange *b)
{
	static const struct field_value none;
	for (size_t i = 0; i < frame_field_count(m->frame); i++) {
		const struct field_value *one = a->set ? &a->set[i] : &none;
		const struct field_value *other = b->set ? &b->set[i] : &none;
		if (one->set != other->set || (one->set && !field_value_same(one, other)))
			return false;
	}
	return true;
}

/* What the commands of one stream have in common is set once; where others have it otherwise, each
 * says it, because a device ignores .set. */
static void tell_apart(struct import *m)
{
	const struct exchange *first = NULL;
	bool alike = true;
	for (size_t i = 0; i < m->count && alike; i++) {
		const struct exchange *x = m->lines[i].what->x;
		if (!x || !x->command || x->wire)
			continue;
		first = first ? first : x;
		alike = is_set_alike(m, first, x);
	}
	for (size_t i = 0; i < m->count && !alike; i++)
		if (m->lines[i].what->x)
			pairing_give_fields(m->lines[i].what->x);
}

/* Pairs what was said in all streams that were chosen, and puts it in order. */
static bool pair_all(struct import *m, struct error *err)
{
	m->pairings = mem_new((m->traffic.count + 1) * sizeof(struct pairing *));
	for (size_t i = 0; i < m->traffic.count; i++)
		if (m->traffic.streams[i].taken && !pair_stream(m, i, err))
			return false;
	if (m->count)
		qsort(m->lines, m->count, sizeof *m->lines, compare);
	tell_apart(m);
	return true;
}

/* ---- writing ---- */

/* Says whether the stream begins with a greeting, for which its frame has no rule. */
static bool must_greet(const struct import *m, size_t stream)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->lines[i].stream == stream && m->lines[i].what->x)
			return m->lines[i].what->x->status == EXCHANGE_GREETING &&
			       !frame_greets(m->frame);
	return false;
}

/* Makes the session whose lines are written now: its name, its address and its settings. */
static void use_stream(struct import *m, size_t stream)
{
	static const struct session_events *const events = &session_unheard;
	struct address a;
	struct error ignored;
	const char *name = m->traffic.streams[stream].device;
	if (m->session && m->session_stream == stream)
		return;
	session_free(m->session);
	if (!address_parse(slice_str(name), 0, &a, &ignored))
		address_parse(SLICE("127.0.0.1"), 0, &a, &ignored);
	if (must_greet(m, stream))
		a.settings.at[SET_GREET] = (struct setting){true, NS_PER_S};
	const struct session_config config = {.loop = m->cli->loop,
		.name = name,
		.address = &a,
		.settings = &m->cli->context->settings,
		.frame = m->frame,
		.events = events};
	m->session = session_new(&config);
	m->session_stream = stream;
	address_free(&a);
}

static void write_missing(const struct paired *p)
{
	bytes_addf(out_begin(), "# %llu byte%s of the %s %s missing at offset %llu",
		(unsigned long long)p->missing, plural(p->missing),
		p->side == SIDE_REPLY ? "device" : "program", p->missing == 1 ? "is" : "are",
		(unsigned long long)p->offset);
	out_end();
}

/* Writes what is not whole as comments. */
static void write_cut(const struct paired *p)
{
	struct bytes lines;
	struct slice rest, line;
	bytes_init(&lines, LIMIT_FRAME_MOST);
	if (p->x->command && p->x->sent.len)
		language_command(p->x, &lines);
	for (const struct reply *r = p->x->replies; r; r = r->next)
		language_reply(p->x, r, NULL, &lines);
	rest = bytes_slice(&lines);
	while (slice_line(&rest, &line)) {
		bytes_add_str(out_begin(), "# not whole: ");
		text_add(out_begin(), line, TEXT_PLAIN | out_spelling());
		out_end();
	}
	bytes_free(&lines);
}

static void write_exchange(struct import *m, size_t stream, const struct paired *p)
{
	struct entry_at at = {.comment = p->incomplete};
	struct bytes text;
	bool more = true;
	use_stream(m, stream);
	p->x->link = (uint32_t)stream + 1;
	bytes_init(&text, LIMIT_FRAME_MOST);
	while (more) {
		more = written_next(&m->written, m->session, p->x, &at, &text);
		out_text(bytes_slice(&text));
		bytes_clear(&text);
	}
	m->left_out += at.left_out;
	bytes_free(&text);
}

static void write_line(struct import *m, const struct import_line *l)
{
	if (!l->what->x)
		write_missing(l->what);
	else if (l->what->cut)
		write_cut(l->what);
	else
		write_exchange(m, l->stream, l->what);
}

/* "# imported from FILE: 10.0.0.5:9100 from 10.0.0.1:40000, 2026-11-23 12:01:02" */
static void write_head(const struct import *m)
{
	bool standard = strcmp(m->file, "-") == 0;
	const char *name = standard ? "standard input" : m->file, *slash = strrchr(name, '/');
	char begin[TIME_TEXT_MAX];
	struct bytes *out = out_begin();
	bytes_add_str(out, "# imported from ");
	text_add(out, slice_str(slash && slash[1] ? slash + 1 : name), text_charset(out_utf8()));
	out_end();
	for (size_t i = 0; i < m->traffic.count; i++) {
		const struct traffic_stream *s = &m->traffic.streams[i];
		if (!s->taken || (!*s->device && !s->first.tv_sec))
			continue;
		out = out_begin();
		bytes_add_str(out, "# ");
		if (m->traffic.count > 1)
			bytes_addf(out, "stream %zu: ", s->number);
		text_add(out, slice_str(*s->device ? s->device : "a device"),
			text_charset(out_utf8()));
		if (*s->program)
			bytes_addf(out, " from %s", s->program);
		bytes_addf(out, ", %s", day_text(&s->first, begin));
		out_end();
	}
}

/* Returns the status for what is not in the macro, after saying it. */
static enum status say_what_is_missing(const struct import *m)
{
	uint64_t missing = 0;
	for (size_t i = 0; i < m->traffic.count; i++)
		if (m->traffic.streams[i].taken)
			missing +=
				m->traffic.streams[i].missing[0] + m->traffic.streams[i].missing[1];
	if (missing)
		cli_note(m->cli, "%llu byte%s missing: the macro says where",
			(unsigned long long)missing, missing == 1 ? " is" : "s are");
	if (m->damaged)
		cli_note(m->cli, "%llu piece%s in the frame %s", (unsigned long long)m->damaged,
			m->damaged == 1 ? " is not" : "s are not", frame_name(m->frame));
	cli_say_left_out(m->left_out);
	bool whole = m->traffic.whole && !missing && !m->damaged && !m->left_out;
	return whole ? STATUS_OK : STATUS_DAMAGED;
}

/* Returns how the first frame of the device that ended by a delimiter did. */
static struct slice first_end(const struct import *m)
{
	struct slice end = SLICE("");
	for (size_t i = 0; i < m->count && !end.len; i++)
		if (m->lines[i].what->x && !m->lines[i].what->incomplete)
			end = written_end_of(m->lines[i].what->x);
	return end;
}

static enum status write_all(struct import *m)
{
	written_begin(&m->written, "/dev/null");
	m->written.times = m->written.exact = true;
	m->written.end = first_end(m);
	m->written.pauses = m->cli->options.timing;
	write_head(m);
	for (size_t i = 0; i < m->count && !out_failed(); i++)
		write_line(m, &m->lines[i]);
	written_end(&m->written);
	return say_what_is_missing(m);
}

static void import_free(struct import *m)
{
	for (size_t i = 0; m->pairings && i < m->traffic.count; i++)
		pairing_free(m->pairings[i]);
	free(m->pairings);
	free(m->lines);
	session_free(m->session);
	frame_unref(m->frame);
	traffic_free(&m->traffic);
}

static enum status run(struct cli *cli)
{
	struct import m = {.cli = cli, .file = cli->words[0]};
	struct error err;
	uint32_t choice = 0;
	enum status status;
	bool good = find_frame(&m, &err) && read_choice(&cli->options, &choice, &err) &&
		    traffic_read(&m.traffic, cli, m.file, choice, cli->options.port, &err);
	if (!good && m.traffic.count > 1)
		list_streams(&m.traffic);
	good = good && pair_all(&m, &err);
	status = good ? write_all(&m) : cli_error(&err, SLICE(""));
	import_free(&m);
	return status;
}

const struct cli_command cli_import = {.name = "import",
	.args = "FILE",
	.help = "write a macro of a capture or log of others",
	.about = "Writes a macro to standard output of what others said to a device: a capture "
		 "(pcap, pcapng), a log of wilco, the output of socat -x, or hex text.",
	.example = "import -f modbus-tcp yesterday.pcapng > meter.wilco",
	.least = 1,
	.most = 1,
	.by = BY_IMPORT,
	.words = {WORD_FILE, WORD_ANY},
	.run = run};
