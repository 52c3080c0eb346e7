/* show.c - what the shell says: exchanges as lines, notes, and hints about what to do next. */
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/guess.h"

static void print(struct shell *sh, enum ui_kind kind, struct slice text, struct slice detail)
{
	sh->ui->ops->line(sh->ui, kind, text, detail);
}

/* "pump1: " in front of what a device says, where there are several. */
static void print_labelled(
	struct shell *sh, enum ui_kind kind, struct slice text, struct slice detail)
{
	struct bytes line;
	if (!sh->labelled) {
		print(sh, kind, text, detail);
		return;
	}
	bytes_init(&line, text.len + LIMIT_MESSAGE);
	text_add(&line, slice_str(session_name(sh->labelled->session)),
		sh->ui->utf8 ? 0 : TEXT_ASCII);
	bytes_add_str(&line, ": ");
	bytes_add(&line, text);
	print(sh, kind, bytes_slice(&line), detail);
	bytes_free(&line);
}

void shell_print(struct shell *sh, enum ui_kind kind, const char *format, ...)
{
	struct bytes raw, safe;
	va_list args;
	bytes_init(&raw, LIMIT_MESSAGE);
	bytes_init(&safe, LIMIT_MESSAGE * 4);
	va_start(args, format);
	bytes_addv(&raw, format, args);
	va_end(args);
	struct slice rest = bytes_slice(&raw), line;
	while (slice_line(&rest, &line)) {
		bytes_clear(&safe);
		text_add(&safe, line, TEXT_PLAIN | (sh->ui->utf8 ? 0 : TEXT_ASCII));
		print(sh, kind, bytes_slice(&safe), SLICE(""));
	}
	bytes_free(&raw);
	bytes_free(&safe);
}

/* A reply on its way to the screen: the detail goes with its first line. */
struct showing {
	struct shell *sh;
	enum ui_kind kind;
	struct slice detail;
};

static void show_line(void *arg, struct slice text)
{
	struct showing *showing = arg;
	print_labelled(showing->sh, showing->kind, text, showing->detail);
	showing->detail = SLICE("");
}

static unsigned show_flags(const struct shell *sh, const struct exchange *x)
{
	return (sh->ui->utf8 ? 0 : TEXT_ASCII) | (frame_rules(x->frame)->bin ? TEXT_BIN : 0);
}

static void show_reply(
	struct shell *sh, const struct exchange *x, const struct reply *r, struct slice detail)
{
	enum ui_kind kind = x->command && r->kind == SPLIT_FRAME ? UI_REPLY : UI_UNSOLICITED;
	struct showing showing = {sh, kind, detail};
	view_reply(sh->context->view, x->frame, r, show_flags(sh, x), show_line, &showing);
}

static void show_stray(struct shell *sh, const struct exchange *x)
{
	struct showing showing = {sh, UI_UNSOLICITED, SLICE("stray")};
	view_lines(
		sh->context->view, bytes_slice(&x->stray), show_flags(sh, x), show_line, &showing);
}

void shell_say(struct shell *sh, const char *format, ...)
{
	struct bytes raw, safe;
	va_list args;
	bytes_init(&raw, LIMIT_MESSAGE);
	bytes_init(&safe, LIMIT_MESSAGE * 4);
	va_start(args, format);
	bytes_addv(&raw, format, args);
	va_end(args);
	text_add(&safe, bytes_slice(&raw), TEXT_PLAIN | (sh->ui->utf8 ? 0 : TEXT_ASCII));
	if (sh->ui->ops->say)
		sh->ui->ops->say(sh->ui, bytes_slice(&safe));
	else
		print(sh, UI_NOTE, bytes_slice(&safe), SLICE(""));
	bytes_free(&raw);
	bytes_free(&safe);
}

void shell_show_failure(struct shell *sh, const struct session *s, const struct exchange *x)
{
	struct bytes text;
	if (!x->command || x->status == EXCHANGE_OK)
		return;
	bytes_init(&text, LIMIT_MESSAGE);
	view_failure(session_name(s), x, &text);
	shell_print(sh, UI_ERROR, "%s", bytes_str(&text));
	bytes_free(&text);
}

void shell_show(struct shell *sh, const struct session *s, const struct exchange *x)
{
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	for (const struct reply *r = x->replies; r; r = r->next) {
		bytes_clear(&text);
		view_detail(x, r, &text);
		if (r->mark != MARK_ECHO && r->kind != SPLIT_ACK)
			show_reply(sh, x, r, bytes_slice(&text));
	}
	if (x->stray.len)
		show_stray(sh, x);
	shell_show_failure(sh, s, x);
	bytes_free(&text);
}

void shell_explain_first(struct shell *sh)
{
	if (sh->welcomed || !sh->ui->interactive || history_count(sh->history))
		return;
	sh->welcomed = true;
	shell_print(
		sh, UI_NOTE, "type to send; .help lists commands, Tab completes, Ctrl-D leaves");
}

void shell_explain_no_device(struct shell *sh)
{
	shell_print(sh, UI_NOTE, "no device is open: .open HOST opens one, .help lists commands");
}

void shell_explain_default_frame(struct shell *sh)
{
	if (sh->hinted || !sh->ui->interactive ||
		strcmp(frame_name(session_frame(sh->session)), "esc-cr") != 0)
		return;
	sh->hinted = true;
	shell_print(sh, UI_NOTE,
		"esc-cr: sends ESC text CR and closes its side; \".frame esc-cr-nul\" keeps the "
		"line "
		"open, \".frame payload CR LF\" sends plain lines");
}

/* What came in vain may say which frame would have taken it. */
void shell_explain_timeout(struct shell *sh, const struct session *s, const struct exchange *x)
{
	struct bytes came, notation;
	if (!sh->ui->interactive)
		return;
	bytes_init(&came, LIMIT_FRAME_MOST);
	bytes_init(&notation, LIMIT_NOTATION);
	for (const struct reply *r = x->replies; r; r = r->next)
		bytes_add(&came, r->raw);
	bytes_add(&came, bytes_slice(&x->stray));
	if (guess_other(sh->context->book, x->frame, bytes_slice(&came), &notation))
		shell_print(sh, UI_NOTE, "something came: this frame might fit: .frame %s",
			bytes_str(&notation));
	else if (!x->heard && !sh->advised) {
		sh->advised = true;
		shell_print(sh, UI_NOTE,
			"nothing came: `wilco check --probe %s --command TEXT` tries the line "
			"ends; "
			".frame shows what is sent now",
			session_name(s));
	}
	bytes_free(&came);
	bytes_free(&notation);
}
