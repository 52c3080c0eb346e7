/* advice.c - see advice.h. */
#include "cmd/advice.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "pane/pane.h"
#include <stdlib.h>

/* Frames that come within this time behind a reply, or behind each other, may belong to it. */
static const int64_t TOGETHER = 200 * NS_PER_MS;

enum { KEY_NAME_MAX = 16 };

static void advice_on_quiet(void *device);

void advice_init(struct opened *device)
{
	struct advice *a = &device->advice;
	a->asked = RECORD_NONE;
	bytes_init(&a->behind, GUESS_MOST);
	loop_timer_init(&a->quiet, device->shell->loop, advice_on_quiet, device);
}

static void drop_proposal(struct advice *a)
{
	free(a->lines);
	free(a->typed);
	a->lines = a->typed = NULL;
}

static void drop_behind(struct advice *a)
{
	loop_timer_stop(&a->quiet);
	bytes_free(&a->behind);
	a->behind_at = 0;
}

void advice_free(struct opened *device)
{
	drop_proposal(&device->advice);
	drop_behind(&device->advice);
}

void advice_forget(struct opened *device)
{
	struct advice *a = &device->advice;
	drop_proposal(a);
	drop_behind(a);
	a->answered = a->behind_told = false;
	a->missed = 0;
}

const struct exchange *advice_asked(const struct opened *device)
{
	const struct entry *e = record_find(device->shell->ui->pane->record, device->advice.asked);
	bool command = e && e->kind == ENTRY_EXCHANGE && e->device == device->recorded &&
		       e->exchange->command && !e->exchange->wire && !e->exchange->hidden;
	return command ? e->exchange : NULL;
}

/* ---- the proposal ---- */

void advice_propose(struct opened *device, const char *lines, struct slice typed)
{
	struct advice *a = &device->advice;
	drop_proposal(a);
	a->lines = lines ? mem_str(lines) : NULL;
	a->typed = typed.len ? mem_strn(typed.at, typed.len) : NULL;
}

void advice_add_key(
	const struct opened *device, const char *before, const char *does, struct bytes *out)
{
	char key[KEY_NAME_MAX];
	struct ui *ui = device->shell->ui;
	if (device == shell_current(device->shell) && ui->ops->key && ui->ops->key(ui, "take", key))
		bytes_addf(out, "%s%s %s", before, key, does);
}

void advice_say(const struct opened *device, const char *format, ...)
{
	bool current = device == shell_current(device->shell);
	struct bytes text;
	va_list args;
	bytes_init(&text, LIMIT_MESSAGE);
	va_start(args, format);
	bytes_addv(&text, format, args);
	va_end(args);
	shell_print(device->shell, UI_NOTE, "%s%s%s", current ? "" : session_name(device->session),
		current ? "" : ": ", bytes_str(&text));
	bytes_free(&text);
}

/* Adds the command as it would be typed; false: it cannot be. */
static bool add_typed(const struct exchange *x, struct bytes *out)
{
	bool good = !x->wire && !x->hidden && !x->with && x->payload.len;
	if (good)
		exchange_spell(x, out);
	return good && !out->over;
}

/* Proposes a frame, and the command for which it is once more. */
static void propose_frame(struct opened *device, const struct exchange *x, struct slice notation)
{
	struct bytes line, typed;
	bytes_init(&line, LIMIT_LINE);
	bytes_init(&typed, LIMIT_LINE);
	bytes_addf(&line, ".frame %.*s", SLICE_ARG(notation));
	bool again = add_typed(x, &typed);
	advice_propose(device, bytes_str(&line), again ? bytes_slice(&typed) : SLICE(""));
	bytes_free(&line);
	bytes_free(&typed);
}

/* Says what the key does with a frame that is proposed. */
static void tell_key(struct opened *device)
{
	struct bytes key;
	bytes_init(&key, LIMIT_MESSAGE);
	advice_add_key(device, "",
		device->advice.typed
			? "sets this frame, and puts the command on the line again; Enter sends it"
			: "sets this frame; nothing is sent",
		&key);
	if (key.len)
		advice_say(device, "%s", bytes_str(&key));
	bytes_free(&key);
}

bool shell_take(struct shell *sh, bool empty, struct bytes *typed)
{
	struct opened *device = shell_current(sh);
	struct advice *a = device ? &device->advice : NULL;
	if (!a || (!a->lines && !a->typed))
		return false;
	char *lines = a->lines, *put = a->typed;
	a->lines = a->typed = NULL;
	struct slice rest = slice_str(lines ? lines : ""), line;
	while (slice_line(&rest, &line))
		shell_line(sh, line);
	if (put)
		bytes_add_str(typed, put);
	if (put && !empty && !a->typed)
		a->typed = put;
	else
		free(put);
	free(lines);
	return true;
}

/* ---- what came in vain ---- */

static void add_tail(struct bytes *out, struct slice part, size_t *skipped)
{
	size_t n = part.len < *skipped ? part.len : *skipped;
	bytes_add(out, slice_cut(part, n, part.len));
	*skipped -= n;
}

/* Adds the last GUESS_MOST bytes of what came; true: there were more. */
static bool last_of(const struct exchange *x, struct bytes *out)
{
	size_t all = x->stray.len;
	for (const struct reply *r = x->replies; r; r = r->next)
		all += r->raw.len;
	size_t skipped = all > GUESS_MOST ? all - GUESS_MOST : 0;
	for (const struct reply *r = x->replies; r; r = r->next)
		add_tail(out, r->raw, &skipped);
	add_tail(out, x->stray, &skipped);
	return all > GUESS_MOST;
}

/* Finds another frame for what came to this command. */
static bool find_other(struct opened *device, const struct exchange *x, struct slice came, bool cut,
	int64_t silence, struct bytes *notation)
{
	const struct guess_missed missed = {.frame = x->frame,
		.payload = x->payload,
		.sent = x->sent,
		.came = came,
		.cut = cut,
		.closed = x->status == EXCHANGE_LOST,
		.silence = silence};
	return !x->wire && !x->hidden && !x->hides &&
	       guess_other(device->shell->context->book, &missed, notation);
}

/* Says which frame would have taken what came in vain. */
static bool advise_frame(struct opened *device, const struct exchange *x)
{
	struct bytes came, notation;
	bytes_init(&came, GUESS_MOST);
	bytes_init(&notation, LIMIT_NOTATION);
	bool cut = last_of(x, &came);
	bool good = find_other(device, x, bytes_slice(&came), cut,
		x->ended_at - (x->came_at ? x->came_at : x->ended_at), &notation);
	if (good) {
		advice_say(device,
			"what came does not fit the frame; this frame might fit: .frame %s",
			bytes_str(&notation));
		propose_frame(device, x, bytes_slice(&notation));
		if (device->advice.missed > 1)
			tell_key(device);
	}
	bytes_free(&came);
	bytes_free(&notation);
	return good;
}

/* A line on which nothing ever came may want other line ends. */
static void advise_probe(struct opened *device, const struct exchange *x)
{
	struct bytes typed, key;
	bytes_init(&typed, LIMIT_LINE);
	bytes_init(&key, LIMIT_MESSAGE);
	bytes_add_str(&typed, ".probe ");
	if (!add_typed(x, &typed)) {
		/* It cannot be typed, or not be shown. */
	} else if (device->advice.missed == 1) {
		advice_say(device,
			"nothing came: %s tries the line ends; .frame shows what is sent now",
			bytes_str(&typed));
		advice_propose(device, NULL, bytes_slice(&typed));
	} else if (device->advice.missed == 2) {
		advice_propose(device, NULL, bytes_slice(&typed));
		advice_add_key(device, "", "puts", &key);
		if (key.len)
			advice_say(device, "nothing came again: %s %s on the line", bytes_str(&key),
				bytes_str(&typed));
	}
	bytes_free(&typed);
	bytes_free(&key);
}

static void advise_missed(struct opened *device, const struct exchange *x)
{
	struct advice *a = &device->advice;
	a->missed++;
	drop_proposal(a);
	if (!advise_frame(device, x) && !x->heard && !a->answered)
		advise_probe(device, x);
}

/* ---- a file ---- */

/* After a command the header comes soon, and a device that never stops talking costs nothing. */
enum { LOOKS_MOST = 1000 };

void advice_file(struct opened *device, enum zmodem_start start)
{
	struct bytes key;
	bool sends = start == ZMODEM_SENDS;
	if (!start || device->advice.file_told || !device->shell->ui->interactive)
		return;
	bytes_init(&key, LIMIT_MESSAGE);
	advice_propose(device, NULL, sends ? SLICE(".download") : SLICE(".upload "));
	advice_add_key(device, " (", "puts it on the line)", &key);
	advice_say(device,
		sends ? "the device begins to send a file by ZMODEM: .download receives it%s"
		      : "the device waits for a file by ZMODEM: .upload FILE sends it%s",
		bytes_str(&key));
	device->advice.file_told = true;
	bytes_free(&key);
}

enum zmodem_start advice_look(struct opened *device, const struct exchange *x)
{
	struct zmodem z = {0};
	enum zmodem_start start = ZMODEM_NONE, more;
	if (++device->advice.file_looks > LOOKS_MOST)
		return start;
	for (const struct reply *r = x->replies; r; r = r->next)
		start = (more = zmodem_look(&z, r->raw)) ? more : start;
	return (more = zmodem_look(&z, x->stray)) ? more : start;
}

/* ---- what came behind a reply ---- */

/* Says whether more could belong to this reply than its frame took. */
static bool may_go_on(const struct exchange *x)
{
	bool plain = x->command && !x->tell && !x->wire && !x->hidden && !x->hides;
	return plain && x->replies && x->held <= GUESS_MOST &&
	       !frame_gap_within(x->frame, SIDE_REPLY).present &&
	       !frame_matches_replies(x->frame) && guess_is_text(x->replies->raw);
}

static void tell_behind(struct opened *device, const char *notation)
{
	advice_say(device, "more came behind the reply; this frame might take all of it: .frame %s",
		notation);
	tell_key(device);
}

/* Nothing more comes behind the reply: proposes the frame that takes all of it.  It is said once,
 * but the key has it each time, because who did not press it at the first reply may at the next
 * one. */
static void all_came(struct opened *device)
{
	struct advice *a = &device->advice;
	const struct exchange *x = advice_asked(device);
	struct bytes came, notation;
	bytes_init(&came, GUESS_MOST);
	bytes_init(&notation, LIMIT_NOTATION);
	bool cut = x && last_of(x, &came);
	bool whole = x && !cut && a->behind.len && !a->behind.over &&
		     bytes_add(&came, bytes_slice(&a->behind));
	if (whole && find_other(device, x, bytes_slice(&came), false, NS_PER_S, &notation)) {
		propose_frame(device, x, bytes_slice(&notation));
		if (!a->behind_told)
			tell_behind(device, bytes_str(&notation));
		a->behind_told = true;
	}
	bytes_free(&came);
	bytes_free(&notation);
	drop_behind(a);
}

static void advice_on_quiet(void *arg)
{
	struct opened *device = arg;
	if (device->advice.behind.len)
		all_came(device);
	else
		drop_behind(&device->advice);
}

void advice_unasked(struct opened *device, const struct exchange *x)
{
	struct advice *a = &device->advice;
	const struct session *s = device->session;
	int64_t now = loop_now(device->shell->loop);
	int64_t idle = session_settings(s)->at[SET_IDLE].value;
	const struct reply *r = x->replies;
	/* What has no end is told when the line was idle. */
	bool rest = x->stray.len || (r && r->kind == SPLIT_PARTIAL);
	if (!a->behind_at || x->status != EXCHANGE_UNSOLICITED || session_pending(s) ||
		now - a->behind_at > TOGETHER + (rest ? idle : 0) || (r && r->mark == MARK_ASYNC))
		return;
	for (; r; r = r->next)
		bytes_add(&a->behind, r->raw);
	bytes_add(&a->behind, x->stray);
	a->behind_at = now;
	loop_timer_set(&a->quiet, idle + TOGETHER);
}

/* ---- what happens ---- */

void advice_heard(struct opened *device)
{
	device->advice.answered = true;
}

static void judge_reply(struct opened *device, const struct exchange *x)
{
	struct advice *a = &device->advice;
	bool lost = x->status == EXCHANGE_LOST && x->heard;
	if ((x->status == EXCHANGE_TIMEOUT || lost) && !x->tell)
		advise_missed(device, x);
	if (x->status != EXCHANGE_OK)
		return;
	a->missed = 0;
	drop_proposal(a);
	if (may_go_on(x))
		a->behind_at = loop_now(device->shell->loop);
}

void advice_ended(struct opened *device, const struct exchange *x)
{
	struct advice *a = &device->advice;
	const struct shell *sh = device->shell;
	if (!sh->ui->interactive)
		return;
	drop_behind(a);
	a->asked = sh->ui->pane->record->newest;
	a->file_told = false;
	a->file_looks = 0;
	judge_reply(device, x);
	advice_file(device, advice_look(device, x));
}
