/* pieces_macro.c - macros, recordings among them: the bytes of their commands and replies, each in
 * the frame of its line; see pieces.h.
 *
 * Nothing is played.  A line is read once, wherever it stands: loops have one turn, and what only
 * playing tells (values of names, patterns) is not shown.  Each piece is a whole frame, because
 * the lines say where frames end; so no silence has to be known.
 */
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "macro/expected.h"
#include "viewed/pieces_private.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <wilco/macro.h>

/* LINES: those without a piece that are read at a time.  FRAMES: those that are told apart. */
enum { LINES = 512, FRAMES = 1024 };

/* A device of the file; the first one has what is said before a device is opened. */
struct recorded_device {
	char *name;    /* as an argument; empty: nobody named it; owned */
	size_t stream; /* from 1; 0: it has said nothing yet */
	size_t frame;  /* from 1; 0: none is chosen */
	struct frame_values fields, sent;
};

struct recorded {
	struct kept kept;
	struct frame_book *book;
	struct names names;
	struct order order;
	struct expected expected;
	struct bytes scratch, wire;
	struct frame **frames; /* references */
	size_t frame_count, frame_room;
	struct recorded_device **devices;
	size_t device_count, device_room, current;
	struct frame *first; /* of the first piece; of `frames` or the config */
	bool headed;         /* replies may stand here: there is a command above, or .greeting */
	bool skips;          /* what they answer is not shown, and so are they not */
	bool holds;          /* the reply in `expected` may go on in the next line */
	bool begins;         /* an exchange begins with the next piece */
	unsigned reply;      /* its line */
	/* What the remarks of a recording say; tv_sec 0: nothing. */
	struct tm day;           /* tm_year 0: nobody said it */
	struct timespec last;    /* the last time that was said */
	struct timespec next;    /* that, until the line below it has it */
	struct timespec sent;    /* when the command above was sent, */
	int64_t took;            /* and how long its reply took, ns */
	struct timespec replied; /* of the reply in `expected` */
	uint64_t unshown;        /* lines */
	uint64_t read;           /* bytes of the file */
	bool ended;
};

/* Values are known only to who plays the macro. */
static enum name_is name_get(
	struct names *n, struct slice name, bool optional, struct bytes *out, struct error *err)
{
	(void)n, (void)name, (void)optional, (void)out, (void)err;
	return NAME_LATER;
}

/* ---- devices and frames ---- */

static struct recorded_device *current(const struct recorded *r)
{
	return r->devices[r->current];
}

static struct frame *frame_now(const struct pieces *p)
{
	size_t frame = current(p->recorded)->frame;
	return frame ? p->recorded->frames[frame - 1] : p->config.frame;
}

static void device_add(struct recorded *r, struct slice name)
{
	struct recorded_device *d = mem_new(sizeof *d);
	if (r->device_count)
		*d = *r->devices[0];
	d->name = mem_strn(name.at, name.len);
	d->stream = 0;
	r->devices = mem_more(r->devices, r->device_count, &r->device_room, sizeof *r->devices);
	r->devices[r->device_count++] = d;
}

/* Takes .open and .use. */
static bool take_device(struct recorded *r, const struct order *o, struct error *err)
{
	struct bytes store;
	struct slice name = SLICE("");
	bytes_init(&store, LIMIT_LINE);
	bool good = args_split(o->rest, &r->names, &store, &name, 1, err) >= 0;
	size_t i = 1;
	while (i < r->device_count && !slice_is(name, r->devices[i]->name))
		i++;
	if (good && i == r->device_count && i > PIECES_DEVICES)
		good = error_set(err, STATUS_USAGE,
			"the file opens more than %d devices: the others are left out",
			PIECES_DEVICES);
	else if (good && name.len && i == r->device_count)
		device_add(r, name);
	bytes_free(&store);
	r->current = good && name.len ? i : r->current;
	r->headed = false;
	r->skips = !good;
	return good;
}

/* Returns the number of a frame, from 1, whose reference it takes; 0: there are too many. */
static size_t number_of(struct recorded *r, struct frame *frame, struct error *err)
{
	for (size_t i = 0; i < r->frame_count; i++)
		if (strcmp(frame_notation(r->frames[i]), frame_notation(frame)) == 0) {
			frame_unref(frame);
			return i + 1;
		}
	if (r->frame_count == FRAMES) {
		frame_unref(frame);
		error_set(err, STATUS_USAGE, "the file has more than %d frames", FRAMES);
		return 0;
	}
	r->frames = mem_more(r->frames, r->frame_count, &r->frame_room, sizeof *r->frames);
	r->frames[r->frame_count++] = frame;
	return r->frame_count;
}

static bool take_frame(struct pieces *p, struct slice text, struct error *err)
{
	struct recorded *r = p->recorded;
	struct recorded_device *d = current(r);
	if (frame_book_defines(text))
		return frame_book_define(r->book, text, err);
	struct frame *frame = frame_find(r->book, text, err);
	if (!frame || p->config.frame) {
		frame_unref(frame);
		return frame != NULL;
	}
	size_t number = number_of(r, frame, err);
	if (!number)
		return false;
	d->frame = number;
	d->fields = d->sent = (struct frame_values){0};
	return true;
}

/* Takes a field of .set; settings of the line change no bytes. */
static bool take_set(struct pieces *p, struct slice rest, struct error *err)
{
	const uint8_t *equals = rest.len ? memchr(rest.at, '=', rest.len) : NULL;
	size_t at = equals ? (size_t)(equals - rest.at) : rest.len;
	struct slice name = slice_trim(slice_cut(rest, 0, at));
	int index;
	if (!equals)
		return true;
	if (!field_chosen(frame_now(p), &name, &index, err))
		return false;
	return index < 0 || frame_field_typed(frame_now(p), (size_t)index,
				    slice_trim(slice_cut(rest, at + 1, rest.len)),
				    current(p->recorded)->fields.at, err);
}

/* ---- times ---- */

/* Takes "2026-12-01". */
static void take_day(struct recorded *r, const char *text)
{
	struct tm day = {.tm_isdst = -1};
	if (sscanf(text, "%4d-%2d-%2d", &day.tm_year, &day.tm_mon, &day.tm_mday) != 3 ||
		day.tm_year < 1970 || day.tm_year > 2261 || day.tm_mon < 1 || day.tm_mon > 12 ||
		day.tm_mday > 31)
		return;
	day.tm_year -= 1900;
	day.tm_mon--;
	r->day = day;
}

/* Takes "12:01:02.125 +1.8 ms": when the next line was, and how long its reply took. */
static void take_time(struct recorded *r, const char *text)
{
	struct tm at = r->day;
	struct error ignored;
	int ms, end = 0;
	char number[12], unit[4], took[sizeof number + sizeof unit];
	if (sscanf(text, "%2d:%2d:%2d.%3d%n", &at.tm_hour, &at.tm_min, &at.tm_sec, &ms, &end) !=
			4 ||
		!r->day.tm_year || at.tm_hour > 23 || at.tm_min > 59 || at.tm_sec > 60 || ms < 0)
		return;
	struct timespec time = {.tv_sec = mktime(&at), .tv_nsec = ms * (long)NS_PER_MS};
	if (time.tv_sec < r->last.tv_sec) { /* midnight has passed */
		r->day.tm_mday++;
		time.tv_sec += 24L * 60 * 60;
	}
	r->last = r->next = time;
	r->took = 0;
	if (sscanf(text + end, " +%11[0-9.] %3[a-z]", number, unit) != 2)
		return;
	snprintf(took, sizeof took, "%s%s", number, unit);
	if (!duration_parse(slice_str(took), "", &r->took, &ignored))
		r->took = 0;
}

/* Gives a line the time of the remark above it. */
static struct timespec time_taken(struct recorded *r)
{
	struct timespec time = r->next;
	r->next = (struct timespec){0};
	return time;
}

/* Returns when the reply to the command above came; tv_sec 0: nobody said it. */
static struct timespec time_of_reply(const struct recorded *r)
{
	int64_t ns = r->sent.tv_nsec + r->took;
	return !r->sent.tv_sec ? r->sent
			       : (struct timespec){r->sent.tv_sec + ns / NS_PER_S, ns % NS_PER_S};
}

/* Looks at a remark, which a recording has above what was said. */
static void take_remark(struct recorded *r, struct slice line)
{
	static const struct slice day = SLICE("# recorded "), time = SLICE("# ");
	char text[64];
	snprintf(text, sizeof text, "%.*s", line.len < 60 ? (int)line.len : 60,
		(const char *)line.at);
	if (slice_starts(line, day))
		take_day(r, text + day.len);
	else if (slice_starts(line, time))
		take_time(r, text + time.len);
}

/* ---- writing ---- */

static void keep(struct pieces *p, enum said_kind kind, int side, bool both, struct slice bytes)
{
	struct recorded *r = p->recorded;
	struct recorded_device *d = current(r);
	struct timespec time = side == PIECES_PROGRAM ? r->sent : r->replied;
	if (!d->stream) {
		pieces_add(p, p->count + 1, slice_str(d->name), "", 0)->first = 0;
		d->stream = p->count;
	}
	if (p->config.stream && p->config.stream != d->stream)
		return;
	if (!r->first)
		r->first = frame_now(p);
	kept_add(&r->kept,
		(struct kept_piece){.kind = kind,
			.side = (uint8_t)side,
			.both = both,
			.apart = true,
			.begins = r->begins,
			.seconds = time.tv_sec,
			.ns = (uint32_t)time.tv_nsec,
			.frame = (uint32_t)d->frame,
			.stream = (uint32_t)d->stream - 1},
		bytes);
	r->begins = false;
}

/* Keeps what a side says: bytes on the wire, or what they are in the frame. */
static bool keep_said(struct pieces *p, enum frame_side side, bool wire, struct slice said,
	const struct field_value *with, struct error *err)
{
	struct recorded *r = p->recorded;
	const struct frame *frame = frame_now(p);
	int who = side == SIDE_REPLY ? PIECES_DEVICE : PIECES_PROGRAM;
	bytes_clear(&r->wire);
	if (!wire && !frame_encode(frame, side, said, with, current(r)->sent.at, 0, &r->scratch,
			     &r->wire, err))
		return false;
	struct slice bytes = wire ? said : bytes_slice(&r->wire);
	if (bytes.len)
		keep(p, SAID_BYTES, who, false, bytes);
	if (!wire && frame_half_closes(frame, side))
		keep(p, SAID_CLOSE, who, side == SIDE_REPLY, SLICE(""));
	return true;
}

static bool take_command(struct pieces *p, const struct order *o, struct error *err)
{
	struct recorded *r = p->recorded;
	MEM_UNSET struct frame_values set;
	r->headed = true;
	r->skips = o->later;
	r->sent = time_taken(r);
	r->unshown += o->later;
	if (o->later)
		return true;
	r->begins = !o->now; /* what goes out of turn stands in the exchange that waits */
	for (size_t i = 0; i < frame_field_count(frame_now(p)); i++)
		set.at[i] =
			o->fields && o->with.at[i].set ? o->with.at[i] : current(r)->fields.at[i];
	r->skips = !keep_said(p, SIDE_COMMAND, o->wire, bytes_slice(&o->payload), set.at, err);
	return !r->skips;
}

/* Keeps the reply, which does not go on. */
static void end_reply(struct pieces *p)
{
	struct recorded *r = p->recorded;
	const struct expected *e = &r->expected;
	struct error err;
	bool wire = e->wire || e->kind == EXPECT_DAMAGED || e->kind == EXPECT_STRAY;
	bool holds = r->holds;
	r->holds = false;
	if (!holds || e->kind == EXPECT_NONE)
		return;
	if (e->kind == EXPECT_LOST)
		keep(p, SAID_CLOSE, PIECES_DEVICE, true, SLICE(""));
	else if (!keep_said(p, SIDE_REPLY, wire, bytes_slice(&e->payload),
			 e->has_fields ? e->with.at : NULL, &err))
		pieces_unread(p, &err, r->reply);
}

static bool take_reply(
	struct pieces *p, struct slice text, const struct reading *reading, struct error *err)
{
	struct recorded *r = p->recorded;
	struct expected *e = &r->expected;
	if (!r->headed)
		return error_set(err, STATUS_USAGE, "this reply has no command above it");
	if (expected_goes_on(text)) {
		r->unshown += !r->holds;
		return !r->holds || expected_add(e, text, reading, err);
	}
	if (!expected_read(e, text, reading, err))
		return false;
	bool known = e->form == EXPECTED_EXACT && e->kind != EXPECT_ANY && !e->later && !e->secret;
	r->holds = known && !r->skips;
	r->reply = source_here(p->source).line;
	r->replied = r->next.tv_sec ? time_taken(r) : time_of_reply(r);
	r->unshown += !r->holds;
	return true;
}

/* ---- lines ---- */

static bool is_verb(const struct order *o, const char *name)
{
	return o->verb && strcmp(o->verb->name, name) == 0;
}

/* Takes what is no command and no reply. */
static bool take_order(struct pieces *p, const struct order *o, struct error *err)
{
	struct recorded *r = p->recorded;
	if (is_verb(o, "open") || is_verb(o, "use"))
		return take_device(r, o, err);
	if (is_verb(o, "frame"))
		return take_frame(p, o->rest, err);
	if (is_verb(o, "set"))
		return take_set(p, o->rest, err);
	if (o->kind == ORDER_GREETING) {
		r->headed = r->begins = true;
		r->skips = false;
		return true;
	}
	if (o->kind == ORDER_ON || o->kind == ORDER_ELSE || (o->verb && o->verb->heads))
		r->headed = r->skips = true; /* nobody knows which command they answer */
	r->unshown++;
	return true;
}

/* Leaves out a line that cannot be read, and what answers it where it may be a command. */
static void skip_line(struct pieces *p, struct slice line)
{
	if (slice_starts(line, SLICE("  ")))
		return;
	end_reply(p);
	p->recorded->headed = p->recorded->skips = true;
}

static bool take_line(struct pieces *p, struct slice line, struct error *err)
{
	struct recorded *r = p->recorded;
	struct order *o = &r->order;
	const struct reading reading = {.verbs = p->config.verbs,
		.place = PLACE_PLAY,
		.frame = frame_now(p),
		.names = &r->names};
	if (!order_read(o, line, &reading, err)) {
		skip_line(p, line);
		return false;
	}
	if (o->kind == ORDER_NOTHING) {
		take_remark(p->recorded, line);
		return true;
	}
	if (o->kind != ORDER_REPLY || !expected_goes_on(o->rest))
		end_reply(p);
	if (o->kind == ORDER_REPLY)
		return take_reply(p, o->rest, &reading, err);
	return o->kind == ORDER_SEND ? take_command(p, o, err) : take_order(p, o, err);
}

/* Reads lines until there is a piece to be read. */
static enum pieces_state walk_on(struct pieces *p)
{
	struct recorded *r = p->recorded;
	struct slice line;
	struct error err;
	for (int n = 0; n < LINES && !r->ended && !kept_is_ahead(&r->kept); n++) {
		enum source_state state = source_next(p->source, &line, &err);
		bool skipped = state == SOURCE_FAILED && source_skip(p->source);
		if (skipped)
			skip_line(p, line);
		r->read = source_ahead(p->source).offset;
		r->ended = (state != SOURCE_LINE && !skipped) || r->kept.full;
		if (r->ended)
			end_reply(p);
		if (state == SOURCE_FAILED || (state == SOURCE_LINE && !take_line(p, line, &err)))
			pieces_unread(p, &err, source_here(p->source).line);
	}
	return kept_is_ahead(&r->kept) ? PIECES_ONE : r->ended ? PIECES_END : PIECES_LATER;
}

static enum pieces_state macro_next(struct pieces *p, struct piece *piece)
{
	struct recorded *r = p->recorded;
	struct kept_piece k;
	struct slice bytes;
	enum pieces_state state = walk_on(p);
	if (state != PIECES_ONE || !kept_next(&r->kept, &k, &bytes))
		return state == PIECES_ONE ? PIECES_END : state;
	pieces_give(p, &k, bytes, piece);
	piece->frame = k.frame ? r->frames[k.frame - 1] : NULL;
	return PIECES_ONE;
}

static void macro_here(const struct pieces *p, struct pieces_place *place)
{
	*place = (struct pieces_place){.offset = p->recorded->kept.at, .number = p->number};
}

static void macro_go(struct pieces *p, const struct pieces_place *place)
{
	p->recorded->kept.at = place->offset;
}

static uint64_t macro_read(const struct pieces *p)
{
	return p->recorded->ended ? p->size : p->recorded->read;
}

static bool macro_left_out(const struct pieces *p, struct bytes *out)
{
	const struct recorded *r = p->recorded;
	size_t before = out->len;
	if (pieces_add_unread(p, out))
		bytes_add_str(out, "; ");
	if (r->unshown)
		bytes_addf(out, "%llu line%s not shown, because nothing is played; ",
			(unsigned long long)r->unshown, r->unshown == 1 ? " is" : "s are");
	if (kept_left_out(&r->kept, out))
		bytes_add_str(out, "; ");
	out->len -= out->len > before ? 2 : 0;
	return out->len > before;
}

static void macro_close(struct pieces *p)
{
	struct recorded *r = p->recorded;
	kept_end(&r->kept);
	for (size_t i = 0; i < r->device_count; i++) {
		free(r->devices[i]->name);
		free(r->devices[i]);
	}
	for (size_t i = 0; i < r->frame_count; i++)
		frame_unref(r->frames[i]);
	free(r->devices);
	free(r->frames);
	frame_book_free(r->book);
	order_free(&r->order);
	expected_free(&r->expected);
	bytes_free(&r->scratch);
	bytes_free(&r->wire);
	free(r);
}

const struct pieces_kind pieces_macro = {
	macro_next, macro_here, macro_go, macro_read, macro_left_out, macro_close};

/* ---- the beginning ---- */

static bool is_order(const struct pieces *p, struct slice line)
{
	const struct reading reading = {.verbs = p->config.verbs, .place = PLACE_PLAY};
	struct error ignored;
	struct slice left = line, word = slice_word(&left);
	return word.len > 1 && word.at[0] == '.' &&
	       verb_find(slice_cut(word, 1, word.len), &reading, &ignored);
}

bool pieces_is_macro(struct pieces *p)
{
	struct slice line = SLICE("");
	struct error ignored;
	if (!p->config.verbs || slice_ends(slice_str(p->config.path), SLICE(".wilco")))
		return p->config.verbs != NULL;
	while (source_next(p->source, &line, &ignored) == SOURCE_LINE && told_says_nothing(line))
		;
	bool is = is_order(p, line);
	source_rewind(p->source);
	return is;
}

/* Refuses a file of which nothing can be shown: with its first line that cannot be read. */
static bool refuse(const struct pieces *p, struct error *err)
{
	struct quoted name = quote(slice_str(source_name(p->source)));
	if (!p->unread)
		return error_set(err, STATUS_USAGE,
			"%s has no command and no reply whose bytes are known before it is played",
			name.text);
	struct error first = p->first;
	error_set(err, STATUS_USAGE, "%s:%u:%zu: %s", name.text, p->first_line, first.column + 1,
		first.what);
	return !first.hint[0] ? false : error_hint(err, "%s", first.hint);
}

/* Chooses the frame of a file that names none, as for who plays it. */
static bool choose_frame(struct pieces *p, struct error *err)
{
	struct recorded *r = p->recorded;
	struct frame *frame = p->config.frame ? NULL : frame_find(r->book, SLICE("esc-cr"), err);
	if (!p->config.frame && !frame)
		return false;
	if (frame)
		r->devices[0]->frame = number_of(r, frame, err);
	return true;
}

struct frame *pieces_frame(const struct pieces *p)
{
	return p->recorded ? p->recorded->first : NULL;
}

bool pieces_begin_macro(struct pieces *p, struct error *err)
{
	struct recorded *r = p->recorded = mem_new(sizeof *r);
	p->kind = &pieces_macro;
	p->name = "a macro";
	r->names.get = name_get;
	r->book = frame_book_over(p->config.book);
	order_init(&r->order);
	expected_init(&r->expected);
	bytes_init(&r->scratch, LIMIT_FRAME_MOST);
	bytes_init(&r->wire, LIMIT_WIRE);
	device_add(r, SLICE(""));
	if (!kept_begin(&r->kept, "the macro", err) || !choose_frame(p, err))
		return false;
	while (!p->unread && walk_on(p) == PIECES_LATER)
		;
	return kept_is_ahead(&r->kept) || refuse(p, err);
}
