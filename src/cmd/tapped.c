/* tapped.c - see tapped.h. */
#include "cmd/tapped_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "cmd/recorder.h"
#include <stdlib.h>

/* ---- connections ---- */

struct tapped_link *tapped_link_find(const struct tapped *t, uint64_t number)
{
	struct tapped_link *l = t->links;
	while (l && l->number != number)
		l = l->next;
	return l;
}

static struct tapped_link *link_of(struct tapped *t, uint64_t number)
{
	struct tapped_link *l = tapped_link_find(t, number);
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
	struct exchange *x = exchange_passed(tapped_frame(t), tapped_frame_side(from),
		(uint32_t)link, loop_wall(t->shell->loop), e, broken);
	x->charset = shell_charset(t->shell, t->device);
	x->end = note ? mem_str(note) : NULL;
	shell_show(t->device, x);
}

void tapped_show_bytes(
	struct tapped *t, uint64_t link, enum tap_side from, struct slice wire, const char *note)
{
	struct bytes pending, scratch;
	struct frame_values values = {0};
	struct split_event e;
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	struct split *s = split_new(
		tapped_frame(t), tapped_frame_side(from), NULL, values.at, 0, &pending, &scratch);
	split_feed(s, wire);
	split_close(s);
	while (split_next(s, &e))
		show(t, link, from, &e, false, note);
	split_free(s);
	bytes_free(&pending);
	bytes_free(&scratch);
}

/* ---- what the tap tells ---- */

static void tapped_on_frame(void *owner, const struct tap_link *l, enum tap_side from,
	struct split_event *e, const char *fault)
{
	struct tapped *t = owner;
	if (from == TAP_PROGRAM && e->values)
		memcpy(link_of(t, l->number)->sent.at, e->values,
			frame_field_count(tapped_frame(t)) * sizeof *e->values);
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
	enum ui_kind kind = warning && t->shell->quitting ? UI_ERROR : UI_NOTE; /* it is kept */
	if (!warning && !t->shell->context->options.verbose)
		shell_refresh(t->shell);
	else if (l)
		shell_print(t->shell, kind, "%llu: %s", (unsigned long long)l->number, text);
	else
		shell_print(t->shell, UI_NOTE, "%s", text);
}

static void tapped_on_closed(void *owner, const struct tap_link *l)
{
	forget_link(owner, l->number);
	tapped_forget_held(owner, l->number);
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

/* ---- the role ---- */

static bool tapped_line(struct shell *sh, const struct order *o, struct slice text,
	struct bytes *wire, struct error *err)
{
	if (o->kind == ORDER_NOTHING) {
		tapped_take_empty(sh->tapped, text, wire);
		return true;
	}
	return sh->tapped->held ? tapped_take_held(sh->tapped, o, text, wire, err)
				: error_set(err, STATUS_USAGE,
					  "nothing was sent: .inject > LINE sends to the device, < "
					  "LINE to the program");
}

static void add_side(const struct tap_counts *c, enum tap_side side, struct bytes *out)
{
	bytes_addf(out, "  %c %llu", tapped_mark(side), (unsigned long long)c->frames[side]);
	if (c->broken[side])
		bytes_addf(out, " (%llu broken)", (unsigned long long)c->broken[side]);
}

static void tapped_status(const struct shell *sh, struct bytes *out)
{
	const struct tapped *t = sh->tapped;
	const struct tap *tap = tapping_tap(t->tapping);
	size_t links = tap_links(tap);
	if (tap_is_port(tap)) /* which is there whether a program has it open or not */
		bytes_add_str(out, "a port");
	else if (links)
		bytes_addf(out, "%zu program%s", links, plural(links));
	else
		bytes_add_str(out, "waits for a call");
	add_side(tap_counted(tap), TAP_PROGRAM, out);
	add_side(tap_counted(tap), TAP_DEVICE, out);
	if (t->holding[TAP_PROGRAM] || t->holding[TAP_DEVICE])
		bytes_addf(out, "  holds %s%s", t->holding[TAP_PROGRAM] ? ">" : "",
			t->holding[TAP_DEVICE] ? "<" : "");
	bytes_addf(out, "  %s", frame_name(tapped_frame(t)));
}

static bool tapped_summary(const struct shell *sh, struct bytes *out)
{
	const struct tap_counts *c = tap_counted(tapping_tap(sh->tapped->tapping));
	tapping_summary(c, out);
	return c->links > 0;
}

static void tapped_title(const struct shell *sh, struct bytes *out)
{
	const struct tapped *t = sh->tapped;
	bytes_addf(out, "tap %s > %s", tap_address(tapping_tap(t->tapping)),
		session_name(t->device->session));
}

static bool tapped_log(struct shell *sh, const char *name, struct error *err)
{
	return tapping_log(sh->tapped->tapping, name, NULL, err);
}

static const char *tapped_log_path(const struct shell *sh, size_t index)
{
	return tapping_log_path(sh->tapped->tapping, index);
}

static bool tapped_reopen_log(struct shell *sh)
{
	return tapping_reopen_log(sh->tapped->tapping);
}

static void tapped_settings(struct shell *sh)
{
	tapping_set(sh->tapped->tapping, session_settings(sh->tapped->device->session));
}

static bool tapped_finish(struct shell *sh)
{
	return tap_finish(tapping_tap(sh->tapped->tapping));
}

static void tapped_settle(struct shell *sh, bool all)
{
	tap_settle(tapping_tap(sh->tapped->tapping), all);
}

static void tapped_free(struct shell *sh)
{
	struct tapped *t = sh->tapped;
	struct tap_counts counts;
	struct error err;
	if (!tapping_close(t->tapping, &counts, &err))
		tapped_on_log_failed(t, &err);
	loop_timer_stop(&t->retry);
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
	.summary = tapped_summary,
	.line = tapped_line,
	.log = tapped_log,
	.log_path = tapped_log_path,
	.reopen_log = tapped_reopen_log,
	.settings = tapped_settings,
	.prompt = tapped_prompt,
	.hint = tapped_hint,
	.offer = tapped_offer,
	.aside = tapped_aside,
	.settle = tapped_settle,
	.finish = tapped_finish,
	.inject = tapped_inject,
	.hold = tapped_hold,
	.drop = tapped_drop};

/* ---- beginning and end ---- */

static bool begin_recording(struct shell *sh, struct error *err)
{
	const struct options *o = &sh->context->options;
	if (!o->record)
		return true;
	sh->recorder = recorder_open(
		slice_str(o->record), RECORD_EXACT | (o->timing ? RECORD_TIMING : 0), err);
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
	loop_timer_init(&t->retry, sh->loop, tapped_on_retry, t);
	sh->tapped = t;
	sh->role = &tap_role;
	t->device = shell_listen(sh, device, tapping_target(t->tapping));
	tell(t, device);
	return begin_recording(sh, err);
}
