/* show.c - what the shell says: notes, failures, and hints about what to do next. */
#include "base/paste.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/offer.h"

/* Prints a text line by line: through `say`, as what was just done, or (NULL) through ops->line. */
__attribute__((format(printf, 4, 0))) static void print_safe(struct shell *sh, enum ui_kind kind,
	void (*say)(struct ui *ui, struct slice text), const char *format, va_list args)
{
	struct bytes raw, safe;
	bytes_init(&raw, LIMIT_MESSAGE);
	bytes_init(&safe, LIMIT_MESSAGE * 4);
	bytes_addv(&raw, format, args);
	struct slice rest = bytes_shown(&raw), line;
	while (slice_line(&rest, &line)) {
		bytes_clear(&safe);
		text_add(&safe, line, TEXT_PLAIN | ui_spelling(sh->ui));
		if (say)
			say(sh->ui, bytes_shown(&safe));
		else
			sh->ui->ops->line(sh->ui, kind, bytes_shown(&safe));
	}
	bytes_free(&raw);
	bytes_free(&safe);
}

void shell_print(struct shell *sh, enum ui_kind kind, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	print_safe(sh, kind, NULL, format, args);
	va_end(args);
}

void shell_say(struct shell *sh, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	print_safe(sh, UI_NOTE, sh->ui->ops->say, format, args);
	va_end(args);
}

void shell_sheet(struct shell *sh, const char *title)
{
	if (sh->ui->ops->sheet && !sh->together && !sh->by_when)
		sh->ui->ops->sheet(sh->ui, title);
	sh->on_sheet = title && sh->ui->ops->sheet && !sh->together && !sh->by_when;
}

bool shell_item(struct shell *sh, const char *name, const char *format, ...)
{
	struct bytes raw, safe, left;
	unsigned how = TEXT_PLAIN | ui_spelling(sh->ui);
	va_list args;
	if (!sh->on_sheet)
		return false;
	bytes_init(&raw, LIMIT_MESSAGE);
	bytes_init(&safe, LIMIT_MESSAGE * TEXT_MOST);
	bytes_init(&left, LIMIT_MESSAGE);
	va_start(args, format);
	bytes_addv(&raw, format, args);
	va_end(args);
	text_add(&safe, bytes_shown(&raw), how);
	text_add(&left, slice_str(name), how);
	sh->ui->ops->item(sh->ui, bytes_shown(&left), bytes_shown(&safe));
	bytes_free(&left);
	bytes_free(&raw);
	bytes_free(&safe);
	return true;
}

const char *shell_paste(struct shell *sh, const char *name)
{
	bytes_clear(&sh->pasted);
	paste_add(&sh->pasted, slice_str(name), ui_spelling(sh->ui));
	return sh->pasted.over ? "..." /* a part of it would be another name */
			       : bytes_str(&sh->pasted);
}

void shell_show_failure(struct shell *sh, const struct session *s, const struct exchange *x)
{
	struct bytes text;
	if (!exchange_failed(x))
		return;
	bytes_init(&text, LIMIT_MESSAGE);
	view_failure(session_name(s), x, &text);
	shell_print(sh, UI_ERROR, "%s", bytes_str(&text));
	bytes_free(&text);
}

void shell_explain_first(struct shell *sh)
{
	if (sh->welcomed || !sh->ui->interactive || history_count(shell_history(sh)))
		return;
	sh->welcomed = true;
	shell_print(
		sh, UI_NOTE, "type to send; .help lists commands, Tab completes, Ctrl-D leaves");
}

/* Who types `exit` without a dot may have meant wilco.  It was sent, because many devices know it.
 */
void shell_explain_bare(struct shell *sh, const struct exchange *x)
{
	static const char words[][8] = {"help", "?", "exit", "quit"};
	if (sh->told_apart || !sh->ui->interactive)
		return;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (slice_is(slice_trim(x->payload), words[i])) {
			sh->told_apart = true;
			shell_print(sh, UI_NOTE,
				"\"%s\" went to the device; .help is wilco's, Ctrl-D leaves",
				words[i]);
		}
}

void shell_explain_no_device(struct shell *sh)
{
	sh->offer = offer_new(sh);
	if (!sh->offer)
		shell_print(sh, UI_NOTE,
			"no device is open: .open HOST opens one, .help lists commands");
}

void shell_explain_lines(struct shell *sh)
{
	const struct frame *frame = session_frame(shell_now(sh));
	shell_print(sh, UI_NOTE,
		"the line begins with the frame %s: text and %s go out, and a line is the reply; "
		"\".frame raw\" takes bytes as they come",
		frame_name(frame), slice_is(slice_str(frame_name(frame)), "tty") ? "CR" : "CR LF");
}

void shell_explain_default_frame(const struct opened *device)
{
	struct shell *sh = device->shell;
	if (sh->hinted || !sh->ui->interactive ||
		strcmp(frame_name(session_frame(device->session)), "esc-cr") != 0)
		return;
	sh->hinted = true;
	shell_print(sh, UI_NOTE,
		"the frame esc-cr sends ESC text CR, then half-closes the connection; \".frame "
		"esc-cr-nul\" keeps it open, \".frame payload CR LF\" sends plain lines");
}
