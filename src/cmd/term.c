/* term.c - see term.h. */
#include "cmd/term.h"

#include "base/mem.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/piped.h"
#include "cmd/probing.h"
#include "cmd/recorder.h"
#include "cmd/transfer.h"
#include "pane/pane.h"
#include <stdlib.h>

struct term {
	struct opened *device;
	struct session_direct direct;
	struct term_events events;
	void *owner;
	void (*over)(void *owner, struct slice said); /* NULL: no file passes */
};

enum { ANSWER_SHOWN = 64 }; /* bytes of an answer that an entry shows */

static void term_came(void *owner, struct slice bytes)
{
	struct term *t = owner;
	t->events.came(t->owner, bytes);
}

static void term_gone(void *owner)
{
	struct term *t = owner;
	t->events.gone(t->owner, session_exit_status(t->device->session));
}

/* Says whether the end of its line is the end of terminal mode, as `exit` in a shell is. */
static bool ends_with(const struct session *s)
{
	const struct setting *at = session_settings(s)->at; /* the next opening has them */
	return address_runs(session_address(s)) && at[SET_TTY].value && !at[SET_REOPEN].value;
}

/* Neither a recording nor a .when sees it: bytes without a frame are no exchange. */
static void term_entry(void *owner, struct session *s, struct exchange *x)
{
	struct term *t = owner;
	(void)s;
	overview_frame(t->device, x, x->last);
	shell_show(t->device, x);
}

/* Notes what passed beside the entries, as the record has notes.  It is not said: whoever types
 * does not have to read it. */
static void note(const struct term *t, const struct timespec *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void note(const struct term *t, const struct timespec *at, const char *format, ...)
{
	struct bytes text;
	va_list args;
	bytes_init(&text, LIMIT_MESSAGE);
	text_add(&text, slice_str(session_name(t->device->session)),
		TEXT_PLAIN | ui_spelling(t->device->shell->ui));
	va_start(args, format);
	bytes_add_str(&text, ": ");
	bytes_addv(&text, format, args);
	va_end(args);
	record_text_at(t->device->shell->ui->pane->record, ENTRY_NOTE, bytes_slice(&text), at);
	bytes_free(&text);
}

static void term_keys(void *owner, struct session *s, size_t count, const struct timespec *since)
{
	(void)s;
	note(owner, since, "(%zu key%s)", count, count == 1 ? "" : "s");
}

static void term_answered(
	void *owner, struct session *s, struct slice bytes, const struct timespec *since)
{
	struct bytes text;
	(void)s;
	bytes_init(&text, LIMIT_MESSAGE);
	text_add(&text, slice_cut(bytes, 0, ANSWER_SHOWN), 0);
	if (bytes.len > ANSWER_SHOWN)
		bytes_addf(&text, " and %zu bytes more", bytes.len - ANSWER_SHOWN);
	note(owner, since, "auto %s", bytes_str(&text));
	bytes_free(&text);
}

static bool may_begin(struct shell *sh, struct error *err)
{
	struct session *s = shell_session(sh, err);
	if (!s)
		return false;
	if (piped_at(shell_current(sh)))
		return error_set(err, STATUS_USAGE, "a program has this line: Ctrl-C ends it");
	if (probing_at(shell_current(sh)))
		return error_set(err, STATUS_USAGE, "a probe has this line: Ctrl-C stops it");
	if (sh->recorder)
		return error_set(err, STATUS_USAGE,
			"a recording runs to %s, and keys are no commands that could be played "
			"again: .record stop ends it",
			shell_paste(sh, recorder_path(sh->recorder)));
	return !(sh->played || sh->rollout) || error_set(err, STATUS_USAGE,
						       "a macro or a fleet still runs: Ctrl-C ends "
						       "it, then .term can have the line");
}

struct term *term_begin(struct shell *sh, unsigned columns, unsigned rows,
	const struct term_events *events, void *owner, struct error *err)
{
	if (!may_begin(sh, err))
		return NULL;
	struct frame *raw = frame_find(sh->context->book, SLICE("raw"), err);
	if (!raw)
		return NULL;
	struct term *t = mem_new(sizeof *t);
	t->device = shell_current(sh);
	t->events = *events;
	t->owner = owner;
	t->direct = (struct session_direct){.frame = raw,
		.who = "terminal mode",
		.came = term_came,
		.entry = term_entry,
		.keys = term_keys,
		.answered = term_answered,
		.gone = ends_with(t->device->session) ? term_gone : NULL,
		.owner = t};
	shell_forget(sh, t->device);
	session_window(t->device->session, columns, rows);
	session_direct_begin(t->device->session, &t->direct);
	return t;
}

/* ---- files ---- */

static void term_over(void *arg, struct slice said)
{
	struct term *t = arg;
	void (*over)(void *owner, struct slice said) = t->over;
	t->over = NULL;
	session_direct_begin(t->device->session, &t->direct);
	over(t->owner, said);
}

/* Of a path for xmodem, which does not tell the name, the last part is the file's. */
static bool download(struct term *t, struct slice protocol, struct slice path, struct error *err)
{
	size_t name = path.len;
	if (!slice_is(protocol, "xmodem"))
		return transfer_download(
			t->device->shell, protocol, SLICE(""), path, term_over, t, err);
	while (name && path.at[name - 1] != '/')
		name--;
	return transfer_download(t->device->shell, protocol, slice_cut(path, name, path.len),
		slice_cut(path, 0, name), term_over, t, err);
}

bool term_transfer(struct term *t, bool upload, struct slice protocol, struct slice path,
	void (*over)(void *owner, struct slice said), struct error *err)
{
	t->over = over;
	session_direct_end(t->device->session);
	if (upload ? transfer_upload(t->device->shell, path, protocol, term_over, t, err)
		   : download(t, protocol, path, err))
		return true;
	t->over = NULL;
	session_direct_begin(t->device->session, &t->direct);
	return false;
}

void term_end(struct term *t)
{
	if (!t)
		return;
	if (t->over)
		piped_stop(t->device);
	session_direct_end(t->device->session);
	frame_unref(t->direct.frame);
	shell_run_soon(t->device->shell);
	free(t);
}

void term_end_closed(struct term *t)
{
	session_close(t->device->session);
	shell_print(t->device->shell, UI_NOTE,
		"the command has ended, and terminal mode with it; .open starts it again");
	term_end(t);
}

struct session *term_session(const struct term *t)
{
	return t->device->session;
}
