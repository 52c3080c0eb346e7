/* cmd_save.c - .save: writes exchanges as lines of the language, commands and expected replies. */
#include "base/mem.h"
#include "base/paths.h"
#include "cmd/cmd.h"
#include "cmd/export.h"
#include "cmd/save_report.h"
#include "pane/pane.h"
#include "pane/written.h"
#include <stdlib.h>

static cmd_run run;

const struct cmd cmd_save = {
	.verb = {.name = "save",
		.places = PLACE_PROMPT,
		.args = "FILE",
		.help = "write the selected exchange, or all of this device's, to the end of a "
			"file, as commands and expected replies; to a FILE.md as a report for "
			"people",
		.examples = ".save selftest.wilco\n.save report.md"},
	.takes_rest = true,
	.most = 1,
	.at_once = true,
	.run = run,
	.complete = complete_files,
};

struct save {
	const struct record *record;
	const struct record_device *device; /* whose exchanges are saved; NULL: there are none */
	struct written written;
	uint64_t first, next, end; /* numbers of entries */
	struct entry_at at;
	uint64_t missing;  /* commands to be saved that are not in the file */
	uint64_t left_out; /* lines that would be too long */
	bool any;
};

static void leave_entry(struct save *s)
{
	s->left_out += s->at.left_out;
	s->at = (struct entry_at){0};
}

/* Leaves an entry, of which memory may have lost the rest after its beginning was written. */
static void leave(struct save *s, struct bytes *out)
{
	if (s->at.stage)
		bytes_add_str(out, "# the rest is no longer in memory\n");
	leave_entry(s);
}

/* Returns the next entry that is still in memory; NULL: there is none. */
static const struct entry *entry_now(struct save *s, struct export *e)
{
	const struct record *r = s->record;
	size_t i = record_index(r, s->next);
	uint64_t next = i < r->count && r->at[i].id < s->end ? r->at[i].id : s->end;
	if (next != s->next)
		leave(s, &e->piece);
	s->next = next;
	return next < s->end ? &r->at[i] : NULL;
}

/* Returns false where the entry has no more lines. */
static bool add_lines(struct save *s, const struct entry *entry, struct export *e)
{
	if (entry->kind != ENTRY_EXCHANGE || entry->device != s->device)
		return false;
	s->any = s->any || entry->command;
	if (written_next(&s->written, entry->device->session, entry->exchange, &s->at, &e->piece))
		return true;
	s->missing -= entry->command;
	return false;
}

static bool next(void *arg, struct export *e, struct error *err)
{
	struct save *s = arg;
	const struct entry *entry;
	size_t before = e->piece.len;
	while (e->piece.len == before && (entry = entry_now(s, e)) != NULL)
		if (!add_lines(s, entry, e)) {
			leave_entry(s);
			s->next++;
		}
	e->all = s->end - s->first;
	e->at = s->next - s->first;
	e->gone = s->missing;
	e->left_out = s->left_out;
	if (s->next >= s->end && !s->any)
		error_set(err, STATUS_USAGE,
			s->missing ? "no command to save is in memory any more"
				   : "there is no command to save");
	return s->next < s->end;
}

static void cmd_save_forget(void *arg)
{
	struct save *s = arg;
	written_end(&s->written);
	free(s);
}

static void count(struct save *s)
{
	const struct record *r = s->record;
	for (size_t i = record_index(r, s->first); i < r->count && r->at[i].id < s->end; i++)
		s->missing += r->at[i].command && r->at[i].device == s->device;
}

/* Chooses the selected entry, or all of the current device. */
static void cmd_save_choose(struct shell *sh, struct save *s)
{
	struct pane *p = sh->ui->pane;
	const struct record *r = p->record;
	const struct entry *e = pane_selected(p);
	const struct opened *current = shell_current(sh);
	*s = (struct save){.record = r, .end = e ? e->id + 1 : r->ever};
	s->device = e ? e->device : current ? current->recorded : NULL;
	s->first = s->next = e ? e->id : r->count ? r->at[0].id : 0;
	s->missing = e || !s->device ? 0 : s->device->commands_gone;
	count(s);
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	static const struct export_source source = {next, cmd_save_forget, "saving to", "saved to"};
	if (!call->rest.len)
		return error_set(err, STATUS_USAGE, ".save needs the name of a file");
	struct save *s = mem_new(sizeof *s);
	cmd_save_choose(sh, s);
	if (s->device && save_report_wanted(call->rest)) {
		struct save chosen = *s;
		free(s);
		return save_report(sh, call->rest, chosen.device, chosen.first, chosen.end, err);
	}
	char *path = path_named(call->rest);
	written_begin(&s->written, path);
	free(path);
	return export_begin(sh, call->rest, PATH_APPEND, &source, s, err);
}
