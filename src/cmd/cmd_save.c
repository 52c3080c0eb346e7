/* cmd_save.c - .save: exchanges as lines of the language, commands and expected replies. */
#include "base/mem.h"
#include "base/paths.h"
#include "cmd/cmd.h"
#include "cmd/export.h"
#include "pane/pane.h"
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct save {
	const struct pane *pane;
	const struct session *session; /* whose exchanges are saved; NULL: there are none */
	struct frame *frame; /* around what was written last; a reference; NULL: nothing was */
	uint64_t first, next, end; /* entries, of all that ever were in the pane */
	struct entry_at at;
	uint64_t missing; /* commands of those that are to be saved and are not in the file */
	uint64_t unasked; /* entries that answer no command: they are no lines of the language */
	bool any;
	bool open_line; /* the file's last line has no end */
};

/* Memory may have lost the rest of an exchange of which the beginning is in the file. */
static void leave(struct save *s, struct bytes *out)
{
	if (s->at.stage)
		bytes_add_str(out, "# the rest is no longer in memory\n");
	s->at = (struct entry_at){0};
}

/* The next entry that is still there; NULL: that was all. */
static const struct entry *entry_now(struct save *s, struct export *e)
{
	const struct pane *p = s->pane;
	if (s->next < p->dropped) {
		s->next = p->dropped;
		leave(s, &e->piece);
	}
	return s->next < s->end ? &p->slots[s->next - p->dropped].entry : NULL;
}

/* What is already in the file may have been sent in any frame: so the first one is always said. */
static void change_frame(struct save *s, struct frame *frame, struct bytes *out)
{
	bytes_add_str(out, s->open_line ? "\n" : "");
	s->open_line = false;
	if (!s->frame || strcmp(frame_notation(s->frame), frame_notation(frame)) != 0)
		bytes_addf(out, ".frame %s\n", frame_notation(frame));
	frame_ref(frame);
	frame_unref(s->frame);
	s->frame = frame;
}

/* False: it has no more lines. */
static bool add_lines(struct save *s, const struct entry *entry, struct export *e)
{
	if (entry->kind != ENTRY_EXCHANGE || entry->session != s->session)
		return false;
	if (!entry_there(entry)) {
		leave(s, &e->piece);
		return false;
	}
	if (!entry->exchange->command)
		return false;
	s->any = true;
	if (!s->at.stage)
		change_frame(s, entry->exchange->frame, &e->piece);
	if (entry_next_lines(entry, &s->at, &e->piece))
		return true;
	s->missing--;
	return false;
}

static bool next(void *arg, struct export *e, struct error *err)
{
	struct save *s = arg;
	const struct entry *entry;
	size_t before = e->piece.len;
	while (e->piece.len == before && (entry = entry_now(s, e)) != NULL)
		if (!add_lines(s, entry, e)) {
			s->at = (struct entry_at){0};
			s->next++;
		}
	e->all = s->end - s->first;
	e->at = s->next - s->first;
	e->gone = s->missing;
	e->unasked = s->unasked;
	if (s->next >= s->end && !s->any)
		error_set(err, STATUS_USAGE,
			s->missing ? "no command to save is in memory any more"
				   : "there is no command to save");
	return s->next < s->end;
}

static void forget(void *arg)
{
	struct save *s = arg;
	frame_unref(s->frame);
	free(s);
}

static void count(struct save *s)
{
	for (uint64_t i = s->first; i < s->end; i++) {
		const struct slot *slot = &s->pane->slots[i - s->pane->dropped];
		bool ours = slot->entry.kind == ENTRY_EXCHANGE && slot->entry.session == s->session;
		s->missing += ours && slot->command;
		s->unasked += ours && !slot->command;
	}
}

/* The selected entry, or all of the current device. */
static void choose(struct shell *sh, struct save *s)
{
	struct pane *p = sh->ui->pane;
	const struct entry *e = pane_selected(p);
	*s = (struct save){.pane = p, .session = e ? e->session : sh->session};
	s->first = s->next = p->dropped + (e ? p->selected : 0);
	s->end = e ? s->first + 1 : p->dropped + p->count;
	s->missing = e ? 0 : pane_dropped_commands(p, s->session);
	count(s);
}

/* Whether the file's last line has no end yet: what is appended would join it. */
static bool ends_open(struct slice name)
{
	char *path = path_named(name), last = '\n';
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
	if (size > 0 && pread(fd, &last, 1, size - 1) != 1)
		last = '\n';
	if (fd >= 0)
		close(fd);
	free(path);
	return last != '\n';
}

static bool run(struct shell *sh, const struct cmd_call *call, struct error *err)
{
	static const struct export_source source = {next, forget, "saving to", "saved to"};
	if (!call->rest.len)
		return error_set(err, STATUS_USAGE, ".save needs the name of a file");
	struct save *s = mem_new(sizeof *s);
	choose(sh, s);
	s->open_line = ends_open(call->rest);
	return export_begin(sh, call->rest, PATH_APPEND, &source, s, err);
}

const struct cmd cmd_save = {
	.verb = VERB_SAVE, .takes_rest = true, .at_once = true, .files = true, .run = run};
