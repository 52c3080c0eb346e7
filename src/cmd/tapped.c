/* tapped.c - see tapped.h. */
#include "cmd/tapped.h"

#include "base/mem.h"
#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/recorder.h"
#include "cmd/tapping.h"
#include "pane/find.h"
#include "pane/language.h"
#include <stdlib.h>

/* What is known of a connection. */
struct tapped_link {
	struct tapped_link *next;
	uint64_t number;
	struct frame_values sent; /* the fields of the program's last frame */
};

/* A frame that is held, the oldest first. */
struct held {
	struct held *next;
	uint64_t link, number;
	enum tap_side from;
	char *text; /* as a line of the language */
	struct bytes raw;
	struct frame_values fields; /* that it came with */
};

struct tapped {
	struct shell *shell;
	struct tapping *tapping;
	struct opened *device; /* has what passes; its own line is never opened */
	struct tapped_link *links;
	struct find sought[2]; /* in frames of a side, which are held; FIND_NOTHING: in all */
	bool holding[2];
	struct held *held;
	bool offered; /* the first of them is on the line */
};

static struct frame *frame_of(const struct tapped *t)
{
	return session_frame(t->device->session);
}

static enum frame_side frame_side_of(enum tap_side from)
{
	return from == TAP_PROGRAM ? SIDE_COMMAND : SIDE_REPLY;
}

/* ---- connections ---- */

static struct tapped_link *find_link(const struct tapped *t, uint64_t number)
{
	struct tapped_link *l = t->links;
	while (l && l->number != number)
		l = l->next;
	return l;
}

static struct tapped_link *link_of(struct tapped *t, uint64_t number)
{
	struct tapped_link *l = find_link(t, number);
	if (l)
		return l;
	l = mem_new(sizeof *l);
	l->number = number;
	l->next = t->links;
	return t->links = l;
}

static void forget_link(struct tapped *t, uint64_t number)
{
	struct tapped_link **place = &t->links, *l;
	while (*place && (*place)->number != number)
		place = &(*place)->next;
	l = *place;
	if (l)
		*place = l->next;
	free(l);
}

/* ---- what passes ---- */

/* Shows an event.  note: what was done with it; NULL: nothing. */
static void show(struct tapped *t, uint64_t link, enum tap_side from, const struct split_event *e,
	bool broken, const char *note)
{
	struct exchange *x = exchange_passed(frame_of(t), frame_side_of(from), (uint32_t)link,
		loop_wall(t->shell->loop), e, broken);
	x->charset = shell_charset(t->shell, t->device);
	x->end = note ? mem_str(note) : NULL;
	shell_show(t->device, x);
}

/* Shows bytes of our own as the frames that they are. */
static void show_bytes(
	struct tapped *t, uint64_t link, enum tap_side from, struct slice wire, const char *note)
{
	struct bytes pending, scratch;
	struct frame_values values = {0};
	struct split_event e;
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	struct split *s =
		split_new(frame_of(t), frame_side_of(from), NULL, values.at, 0, &pending, &scratch);
	split_feed(s, wire);
	split_close(s);
	while (split_next(s, &e))
		show(t, link, from, &e, false, note);
	split_free(s);
	bytes_free(&pending);
	bytes_free(&scratch);
}

/* ---- frames that are held ---- */

static char side_mark(enum tap_side from)
{
	return from == TAP_PROGRAM ? '>' : '<';
}

static const char *side_word(enum tap_side from)
{
	return from == TAP_PROGRAM ? "program" : "device";
}

/* Puts the first frame that is held on the line. */
static void offer(struct tapped *t)
{
	struct ui *ui = t->shell->ui;
	t->offered = t->held && ui->ops->put && ui->ops->put(ui, slice_str(t->held->text));
	shell_refresh(t->shell);
}

static void held_free(struct held *h)
{
	free(h->text);
	bytes_free(&h->raw);
	free(h);
}

/* Takes the frame out of those that are held. */
static void held_pop(struct tapped *t, struct held **place)
{
	struct held *h = *place;
	t->offered = t->offered && place != &t->held;
	*place = h->next;
	held_free(h);
}

/* Forgets what was held of a connection that is closed. */
static void forget_held(struct tapped *t, uint64_t link)
{
	size_t count = 0;
	for (struct held **place = &t->held; *place;)
		if ((*place)->link == link) {
			held_pop(t, place);
			count++;
		} else {
			place = &(*place)->next;
		}
	if (count)
		shell_print(t->shell, UI_NOTE, "%llu: closed, with %zu frame%s held",
			(unsigned long long)link, count, plural(count));
}

static bool tapped_on_holds(
	void *owner, struct tap_link *l, enum tap_side from, const struct split_event *e)
{
	struct tapped *t = owner;
	const struct find *f = &t->sought[from];
	bool payload = e->kind == SPLIT_FRAME && f->kind != FIND_BYTES;
	(void)l;
	return f->kind == FIND_NOTHING || find_in(f, payload ? e->payload : e->raw, false);
}

static void tapped_on_held(void *owner, struct tap_link *l, enum tap_side from,
	const struct split_event *e, uint64_t number)
{
	struct tapped *t = owner;
	struct held **end = &t->held, *h = mem_new(sizeof *h);
	struct bytes line;
	struct exchange *x =
		exchange_of_frame(frame_of(t), frame_side_of(from), e, e->kind == SPLIT_FRAME);
	bytes_init(&line, LIMIT_FRAME_MOST);
	language_command(x, &line);
	exchange_free(x);
	struct slice rest = bytes_slice(&line), text;
	slice_line(&rest, &text);
	*h = (struct held){.link = l->number,
		.number = number,
		.from = from,
		.text = mem_strn(text.at, text.len)};
	bytes_init(&h->raw, e->raw.len);
	bytes_add(&h->raw, e->raw);
	if (e->values)
		memcpy(h->fields.at, e->values, frame_field_count(frame_of(t)) * sizeof *e->values);
	bytes_free(&line);
	while (*end)
		end = &(*end)->next;
	*end = h;
	if (end == &t->held)
		offer(t);
}

/* Lets the first frame that is held go on, or not; bytes: instead of its own, NULL: as it came. */
static void release(struct tapped *t, bool drop, const struct slice *bytes)
{
	struct held *h = t->held;
	bool there = tap_release(tapping_tap(t->tapping), h->link, h->from, h->number, drop, bytes);
	if (!there)
		shell_print(t->shell, UI_NOTE,
			"%llu: a frame of the %s is gone: that way is closed",
			(unsigned long long)h->link, side_word(h->from));
	else if (bytes)
		show_bytes(t, h->link, h->from, *bytes, "changed");
	else if (drop)
		shell_print(t->shell, UI_NOTE, "%llu: a frame of the %s was dropped",
			(unsigned long long)h->link, side_word(h->from));
	else
		shell_say(t->shell, "a frame of the %s went on as it came", side_word(h->from));
	held_pop(t, &t->held);
	shell_refresh(t->shell);
}

/* ---- what the tap tells ---- */

static void tapped_on_frame(void *owner, const struct tap_link *l, enum tap_side from,
	struct split_event *e, const char *fault)
{
	struct tapped *t = owner;
	if (from == TAP_PROGRAM && e->values)
		memcpy(link_of(t, l->number)->sent.at, e->values,
			frame_field_count(frame_of(t)) * sizeof *e->values);
	show(t, l->number, from, e, fault != NULL, l->held ? "held" : NULL);
}

static void tapped_on_exchange(void *owner, struct tap_link *l, struct exchange *x)
{
	struct tapped *t = owner;
	(void)l;
	tapping_learn(t->device->session, x);
	shell_record(t->shell, t->device->session, x);
}

static void tapped_on_note(void *owner, const struct tap_link *l, bool warning, const char *text)
{
	struct tapped *t = owner;
	if (!warning && !t->shell->context->options.verbose)
		shell_refresh(t->shell);
	else if (l)
		shell_print(t->shell, UI_NOTE, "%llu: %s", (unsigned long long)l->number, text);
	else
		shell_print(t->shell, UI_NOTE, "%s", text);
}

static void tapped_on_closed(void *owner, const struct tap_link *l)
{
	forget_link(owner, l->number);
	forget_held(owner, l->number);
	tapped_on_note(owner, l, false, "closed");
}

static void tapped_on_log_failed(void *owner, const struct error *err)
{
	struct tapped *t = owner;
	shell_print(t->shell, UI_ERROR, "%s; nothing more is logged", err->what);
	t->shell->unlogged = true;
	shell_raise_status(t->shell, err->status);
}

static void tapped_on_failed(void *owner, const struct error *err)
{
	struct tapped *t = owner;
	shell_complain(t->shell, err, SLICE(""));
	shell_print(t->shell, UI_NOTE, "no program can call any more");
}

static const struct tapping_events tapped_events = {.frame = tapped_on_frame,
	.holds = tapped_on_holds,
	.held = tapped_on_held,
	.exchange = tapped_on_exchange,
	.note = tapped_on_note,
	.closed = tapped_on_closed,
	.log_failed = tapped_on_log_failed,
	.failed = tapped_on_failed};

/* ---- frames of our own ---- */

/* Reads a line that is not sent by this device's session; its errors are placed in it. */
static bool may_send(const struct order *o, struct error *err)
{
	return !(o->secret || o->later) ||
	       error_set(err, STATUS_USAGE,
		       "a line with a secret is not sent from a tap, which shows all bytes");
}

static bool read_line(struct tapped *t, struct slice line, struct order *o, struct error *err)
{
	const struct reading reading = {.verbs = verbs,
		.place = PLACE_PROMPT,
		.frame = frame_of(t),
		.names = secret_names(),
		.charset = shell_charset(t->shell, t->device)};
	return order_read(o, line, &reading, err) && order_sends(o, line, err) && may_send(o, err);
}

/* Adds the bytes of the order on the wire.  sent: as for frame_encode(). */
static bool encode(struct tapped *t, enum tap_side from, const struct order *o,
	const struct field_value *set, const struct frame_values *sent, struct bytes *wire,
	struct error *err)
{
	struct frame *frame = frame_of(t);
	struct frame_values with = {0}, before = *sent;
	struct bytes scratch;
	if (o->wire)
		return bytes_add(wire, bytes_slice(&o->payload));
	for (size_t i = 0; i < frame_field_count(frame); i++) {
		if (set)
			with.at[i] = set[i];
		if (o->fields && o->with.at[i].set)
			with.at[i] = o->with.at[i];
	}
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bool good = frame_encode(frame, frame_side_of(from), bytes_slice(&o->payload), with.at,
		before.at, 0, &scratch, wire, err);
	bytes_free(&scratch);
	err->placed = false; /* it is in the payload, not in the line */
	return good;
}

/* The connections that are open. */
struct open_links {
	size_t count;
	uint64_t last;
	struct bytes text; /* "1, 3" */
};

static void add_open(void *arg, struct tap_link *l)
{
	struct open_links *open = arg;
	bytes_addf(&open->text, "%s%llu", open->count++ ? ", " : "", (unsigned long long)l->number);
	open->last = l->number;
}

/* Chooses the connection that is open alone. */
static bool choose_link(struct tapped *t, char mark, uint64_t *number, struct error *err)
{
	struct open_links open = {0};
	bytes_init(&open.text, 64);
	tap_each(tapping_tap(t->tapping), add_open, &open);
	if (!open.count)
		error_set(err, STATUS_USAGE, "no program is connected");
	else if (open.count > 1)
		error_set(err, STATUS_USAGE,
			"%zu connections are open (%s): .inject %c%llu LINE names one", open.count,
			bytes_str(&open.text), mark, (unsigned long long)open.last);
	bytes_free(&open.text);
	*number = open.last;
	return open.count == 1;
}

/* Takes `>|<[N] ` from the front of the text. */
static bool take_way(struct tapped *t, struct slice *text, enum tap_side *from, uint64_t *number,
	struct error *err)
{
	struct slice word = slice_word(text);
	char mark = word.len ? (char)word.at[0] : 0;
	*from = mark == '>' ? TAP_PROGRAM : TAP_DEVICE;
	if (mark != '>' && mark != '<')
		return error_at(err, 0, word.len,
			"> sends to the device and < to the program: .inject > LINE");
	if (word.len == 1)
		return choose_link(t, mark, number, err);
	return number_parse(
		slice_cut(word, 1, word.len), "the connection", 1, UINT32_MAX, number, err);
}

static bool tapped_inject(
	struct shell *sh, struct slice rest, struct bytes *wire, struct error *err)
{
	struct tapped *t = sh->tapped;
	static const struct frame_values none;
	enum tap_side from;
	uint64_t number;
	struct slice line = rest;
	struct order o;
	struct bytes bytes;
	if (!take_way(t, &line, &from, &number, err))
		return false;
	order_init(&o);
	bytes_init(&bytes, LIMIT_WIRE);
	const struct tapped_link *l = find_link(t, number);
	bool good = read_line(t, line, &o, err);
	if (!good && err->placed)
		err->column += (size_t)(line.at - rest.at);
	good = good && encode(t, from, &o, session_fields(t->device->session), l ? &l->sent : &none,
			       wire ? wire : &bytes, err);
	if (good && !wire &&
		(good = tap_inject(
			 tapping_tap(t->tapping), number, from, bytes_slice(&bytes), err)))
		show_bytes(t, number, from, bytes_slice(&bytes), "injected");
	order_free(&o);
	bytes_free(&bytes);
	return good;
}

/* ---- the role ---- */

/* Takes the line in place of the first frame that is held; one that was not changed goes on as it
 * came. */
static bool take_held(struct tapped *t, const struct order *o, struct slice text,
	struct bytes *wire, struct error *err)
{
	static const struct frame_values none;
	struct held *h = t->held;
	struct bytes bytes;
	bool same = slice_is(text, h->text);
	bytes_init(&bytes, LIMIT_WIRE);
	bool good =
		same ? bytes_add(&bytes, bytes_slice(&h->raw))
		     : may_send(o, err) && encode(t, h->from, o, h->fields.at, &none, &bytes, err);
	struct slice sent = bytes_slice(&bytes);
	if (good && wire)
		bytes_add(wire, sent);
	else if (good)
		release(t, false, same ? NULL : &sent);
	bytes_free(&bytes);
	return good;
}

/* An empty line drops the frame that was on it. */
static void take_empty(struct tapped *t, struct slice text, const struct bytes *wire)
{
	if (t->held && t->offered && !wire && !slice_trim(text).len)
		release(t, true, NULL);
}

static bool tapped_line(struct shell *sh, const struct order *o, struct slice text,
	struct bytes *wire, struct error *err)
{
	if (o->kind == ORDER_NOTHING) {
		take_empty(sh->tapped, text, wire);
		return true;
	}
	return sh->tapped->held ? take_held(sh->tapped, o, text, wire, err)
				: error_set(err, STATUS_USAGE,
					  "nothing was sent: .inject > LINE sends to the device, < "
					  "LINE to the program");
}

static void tapped_offer(struct shell *sh)
{
	if (sh->tapped->held)
		offer(sh->tapped);
}

static bool tapped_prompt(const struct shell *sh, struct bytes *out)
{
	const struct held *h = sh->tapped->held;
	return h &&
	       bytes_addf(out, "held %llu %c ", (unsigned long long)h->link, side_mark(h->from));
}

static bool tapped_drop(struct shell *sh, struct error *err)
{
	if (!sh->tapped->held)
		return error_set(err, STATUS_USAGE, "no frame is held: .hold stops frames");
	release(sh->tapped, true, NULL);
	return true;
}

static void hold(struct tapped *t, enum tap_side from, bool on)
{
	find_end(&t->sought[from]);
	t->sought[from] = (struct find){0};
	t->holding[from] = on;
	tap_hold(tapping_tap(t->tapping), from, on);
}

static bool tapped_hold(struct shell *sh, struct slice rest, struct error *err)
{
	struct tapped *t = sh->tapped;
	struct slice pattern = rest, word = slice_word(&pattern);
	bool one = slice_is(word, ">") || slice_is(word, "<");
	struct find next[2];
	pattern = one ? slice_trim(pattern) : rest;
	if (slice_is(rest, "off")) {
		while (t->held)
			release(t, false, NULL);
		hold(t, TAP_PROGRAM, false);
		hold(t, TAP_DEVICE, false);
		shell_say(sh, "frames pass again");
		return true;
	}
	for (int from = 0; from < 2; from++) {
		if (one && side_mark((enum tap_side)from) != (char)word.at[0])
			continue;
		if (!find_begin(&next[from], pattern, shell_charset(sh, t->device), err)) {
			find_end(&next[from]);
			return false;
		}
		hold(t, (enum tap_side)from, true);
		t->sought[from] = next[from];
	}
	shell_print(sh, UI_NOTE,
		"frames are held: Enter sends one, an empty line drops it, .hold off ends");
	return true;
}

static void add_side(const struct tap_counts *c, enum tap_side side, struct bytes *out)
{
	bytes_addf(out, "  %c %llu", side_mark(side), (unsigned long long)c->frames[side]);
	if (c->broken[side])
		bytes_addf(out, " (%llu broken)", (unsigned long long)c->broken[side]);
}

static void tapped_status(const struct shell *sh, struct bytes *out)
{
	const struct tapped *t = sh->tapped;
	const struct tap *tap = tapping_tap(t->tapping);
	size_t links = tap_links(tap);
	if (links)
		bytes_addf(out, "%zu program%s", links, plural(links));
	else
		bytes_add_str(out, "waits for a call");
	add_side(tap_counted(tap), TAP_PROGRAM, out);
	add_side(tap_counted(tap), TAP_DEVICE, out);
	if (t->holding[TAP_PROGRAM] || t->holding[TAP_DEVICE])
		bytes_addf(out, "  holds %s%s", t->holding[TAP_PROGRAM] ? ">" : "",
			t->holding[TAP_DEVICE] ? "<" : "");
	bytes_addf(out, "  %s", frame_name(frame_of(t)));
}

static void tapped_title(const struct shell *sh, struct bytes *out)
{
	const struct tapped *t = sh->tapped;
	bytes_addf(out, "tap %s > %s", tap_address(tapping_tap(t->tapping)),
		session_name(t->device->session));
}

static bool tapped_log(struct shell *sh, const char *name, struct error *err)
{
	return tapping_log(sh->tapped->tapping, name, false, err);
}

static const char *tapped_log_path(const struct shell *sh)
{
	return tapping_log_path(sh->tapped->tapping);
}

static bool tapped_reopen_log(struct shell *sh)
{
	return tapping_reopen_log(sh->tapped->tapping);
}

static void tapped_settings(struct shell *sh)
{
	tapping_set(sh->tapped->tapping, session_settings(sh->tapped->device->session));
}

static void tapped_free(struct shell *sh)
{
	struct tapped *t = sh->tapped;
	struct tap_counts counts;
	struct error err;
	if (!tapping_close(t->tapping, &counts, &err))
		tapped_on_log_failed(t, &err);
	sh->tapped = NULL;
	sh->role = NULL;
	for (size_t i = 0; i < 2; i++)
		find_end(&t->sought[i]);
	while (t->links)
		forget_link(t, t->links->number);
	free(t);
}

static const struct role tap_role = {.name = "tap",
	.free = tapped_free,
	.title = tapped_title,
	.status = tapped_status,
	.line = tapped_line,
	.log = tapped_log,
	.log_path = tapped_log_path,
	.reopen_log = tapped_reopen_log,
	.settings = tapped_settings,
	.prompt = tapped_prompt,
	.offer = tapped_offer,
	.inject = tapped_inject,
	.hold = tapped_hold,
	.drop = tapped_drop};

/* ---- beginning and end ---- */

static bool begin_recording(struct shell *sh, struct error *err)
{
	const struct options *o = &sh->context->options;
	if (!o->record)
		return true;
	sh->recorder = recorder_open(slice_str(o->record), o->timing ? RECORD_TIMING : 0, err);
	return sh->recorder != NULL;
}

static void tell(struct tapped *t, const char *device)
{
	struct shell *sh = t->shell;
	char *at = mem_str(shell_paste(sh, tap_address(tapping_tap(t->tapping))));
	shell_print(sh, UI_NOTE, "listening on %s for %s", at, shell_paste(sh, device));
	free(at);
	tapping_tell(t->tapping);
	shell_print(sh, UI_NOTE, "> program, < device; .inject adds a frame, .hold stops frames");
}

bool tapped_open(struct shell *sh, const char *at, const char *device, struct slice *wrong,
	struct error *err)
{
	struct tapped *t = mem_new(sizeof *t);
	t->shell = sh;
	t->tapping = tapping_open(sh->loop, sh->context, at, device, &tapped_events, t, wrong, err);
	if (!t->tapping) {
		free(t);
		return false;
	}
	sh->tapped = t;
	sh->role = &tap_role;
	t->device = shell_listen(sh, device, tapping_target(t->tapping));
	tell(t, device);
	return begin_recording(sh, err);
}
