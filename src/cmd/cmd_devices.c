/* cmd_devices.c - .devices: lists the open devices and the device book. */
#include "base/number.h"
#include "base/paste.h"
#include "base/text.h"
#include "cmd/cmd.h"

enum { NAME_LEAST = 12, NAME_MOST = 24 }; /* cells of the column of names */

static cmd_run run;

const struct cmd cmd_devices = {
	.verb = {.name = "devices",
		.places = PLACE_PROMPT,
		.help = "list the open devices and the device book",
		.examples = ".devices"},
	.at_once = true,
	.run = run,
};

const char *shell_state_name(const struct session *s)
{
	static const char names[][12] = {[SESSION_CLOSED] = "closed",
		[SESSION_CONNECTING] = "connecting",
		[SESSION_OPEN] = "open",
		[SESSION_RETRYING] = "down"};
	enum session_state state = session_state(s);
	bool called = state == SESSION_CONNECTING && address_listens(session_address(s));
	return called ? "waits for its call" : session_rests(s) ? "each" : names[state];
}

/* Returns how wide the names of the open devices are. */
static size_t names_cells(const struct shell *sh)
{
	size_t most = NAME_LEAST;
	for (size_t i = 0; i < sh->device_count; i++) {
		size_t cells = text_cells(slice_str(session_name(sh->devices[i]->session)));
		most = cells > most ? cells : most;
	}
	return most < NAME_MOST ? most : NAME_MOST;
}

void shell_list_opened(struct shell *sh, enum ui_kind kind)
{
	struct bytes where, wires;
	char rtt[DURATION_TEXT_MAX];
	size_t names = names_cells(sh), cells;
	bytes_init(&where, LIMIT_MESSAGE);
	bytes_init(&wires, LIMIT_MESSAGE);
	for (size_t i = 0; i < sh->device_count; i++) {
		const struct session *s = sh->devices[i]->session;
		const char *log = session_log_path(s, 0);
		bytes_clear(&where);
		address_text(session_address(s), &where);
		bytes_clear(&wires);
		session_add_wires(s, &wires);
		cells = text_cells(slice_str(session_name(s)));
		shell_print(sh, kind, "%c%3zu %s%*s %s  %s  %s%s%s%s%s%s%s",
			i == sh->current ? '*' : ' ', i + 1, session_name(s),
			names > cells ? (int)(names - cells) : 0, "", bytes_str(&where),
			frame_name(session_frame(s)), shell_state_name(s),
			session_rtt(s) >= 0 ? "  " : "",
			session_rtt(s) >= 0 ? duration_text(session_rtt(s), rtt) : "",
			log ? "  log " : "", log ? shell_paste(sh, log) : "", wires.len ? "  " : "",
			bytes_str(&wires));
	}
	bytes_free(&where);
	bytes_free(&wires);
}

/* Prints the book as lines that a configuration reads. */
static void list_book(struct shell *sh)
{
	struct bytes line;
	const struct devices *book = &sh->context->devices;
	bytes_init(&line, LIMIT_MESSAGE);
	for (size_t i = 0; i < book->count; i++) {
		bytes_clear(&line);
		device_add_line(book->at[i], &line, ui_spelling(sh->ui));
		shell_print(sh, UI_OUTPUT, "%s", bytes_str(&line));
	}
	bytes_free(&line);
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	(void)call;
	(void)err;
	if (!sh->device_count && !sh->context->devices.count)
		shell_print(sh, UI_NOTE,
			"no device is open, and the device book is empty: .device NAME ADDRESS "
			"adds one");
	/* In a pipe what comes is read back; the others are for eyes. */
	shell_list_opened(sh, sh->ui->interactive ? UI_OUTPUT : UI_NOTE);
	list_book(sh);
	return true;
}
