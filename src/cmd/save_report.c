/* save_report.c - see save_report.h.
 *
 * What came from a device, and what somebody named, is indented by four blanks: Markdown shows that
 * as it is.
 */
#include "cmd/save_report.h"

#include "base/mem.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/export.h"
#include "pane/pane.h"
#include <stdlib.h>
#include <time.h>

enum { REPORT_CELLS = 100, REPORT_INDENT = 4 };

struct report_source {
	struct pane *pane;
	const struct record_device *device;
	uint64_t first, next, end; /* numbers of entries */
	struct entry_copy copy;    /* of the entry that is being written; */
	bool copies;               /* if one is */
	bool any;
	struct bytes section; /* the head of the lines above: their day and frame */
};

bool save_report_wanted(struct slice path)
{
	return path.len > 3 && slice_is(slice_cut(path, path.len - 3, path.len), ".md");
}

/* Adds a line that says what something is. */
static void add_known(struct bytes *out, const char *what, const char *text)
{
	bytes_addf(out, "%*s%-8s ", REPORT_INDENT, "", what);
	text_add(out, slice_str(text), TEXT_PLAIN);
	bytes_add_str(out, "\n");
}

static void add_head(const struct report_source *s, struct bytes *out)
{
	const struct session *session = s->device->session;
	struct bytes place;
	bytes_init(&place, LIMIT_MESSAGE);
	address_place(session_address(session), &place);
	bytes_add_str(out, "# Report\n\n");
	add_known(out, "device", session_name(session));
	add_known(out, "address", bytes_str(&place));
	add_known(out, "view", s->pane->look.view->name);
	bytes_free(&place);
}

/* Adds the day and the frame, where one of them is another than that of the lines above. */
static void add_section(struct report_source *s, const struct entry *e, struct bytes *out)
{
	const struct frame *frame = e->exchange->frame;
	const char *name = frame_name(frame), *notation = frame_notation(frame);
	char day[16] = "";
	struct tm tm;
	struct bytes section;
	bytes_init(&section, LIMIT_NOTATION + LIMIT_MESSAGE);
	if (localtime_r(&e->time.tv_sec, &tm))
		strftime(day, sizeof day, "%Y-%m-%d", &tm);
	bytes_addf(&section, "\n## %s\n\n", day);
	add_known(&section, "frame", name);
	if (strcmp(name, notation) != 0)
		add_known(&section, "", notation);
	if (!slice_equal(bytes_slice(&section), bytes_slice(&s->section))) {
		bytes_add(out, bytes_slice(&section));
		bytes_add_str(out, "\n");
		bytes_clear(&s->section);
		bytes_add(&s->section, bytes_slice(&section));
	}
	bytes_free(&section);
}

/* Returns the next exchange of the device that is still in memory; NULL: there is none. */
static const struct entry *next_entry(struct report_source *s)
{
	const struct record *r = s->pane->record;
	for (size_t i = record_index(r, s->next); i < r->count && r->at[i].id < s->end; i++) {
		s->next = r->at[i].id;
		if (r->at[i].kind == ENTRY_EXCHANGE && r->at[i].device == s->device)
			return &r->at[i];
	}
	s->next = s->end;
	return NULL;
}

static void begin_entry(struct report_source *s, const struct entry *e, struct bytes *out)
{
	if (!s->any)
		add_head(s, out);
	s->any = s->copies = true;
	add_section(s, e, out);
	pane_copy_begin(&s->copy, s->pane, e);
	s->copy.width = REPORT_CELLS;
	s->copy.indent = REPORT_INDENT;
	s->copy.look.utf8 = s->copy.look.breaks = s->copy.look.chooses = true;
	s->copy.look.unmarked = true;
	s->copy.look.labels = s->copy.look.canonical = false;
}

static void end_entry(struct report_source *s)
{
	if (s->copies)
		pane_copy_end(&s->copy);
	s->copies = false;
}

/* Goes on with the entry that is being written, or with the next one. */
static bool next(void *arg, struct export *e, struct error *err)
{
	struct report_source *s = arg;
	const struct entry *entry = next_entry(s);
	if (s->copies && (!entry || entry->id != s->copy.entry.id)) {
		bytes_addf(&e->piece, "%*s(the rest is no longer in memory)\n", REPORT_INDENT, "");
		end_entry(s);
	}
	if (entry && !s->copies)
		begin_entry(s, entry, &e->piece);
	if (entry && !pane_copy_next(&s->copy, &e->piece)) {
		end_entry(s);
		s->next++;
	}
	e->all = s->end - s->first;
	e->at = s->next - s->first;
	if (!entry && !s->any)
		error_set(err, STATUS_USAGE, "there is nothing to report yet");
	return entry;
}

static void report_forget(void *arg)
{
	struct report_source *s = arg;
	end_entry(s);
	bytes_free(&s->section);
	free(s);
}

bool save_report(struct shell *sh, struct slice path, const struct record_device *device,
	uint64_t first, uint64_t end, struct error *err)
{
	static const struct export_source source = {
		next, report_forget, "writing a report to", "the report is in"};
	struct report_source *s = mem_new(sizeof *s);
	*s = (struct report_source){
		.pane = sh->ui->pane, .device = device, .first = first, .next = first, .end = end};
	bytes_init(&s->section, LIMIT_NOTATION + LIMIT_MESSAGE);
	return export_begin(sh, path, PATH_APPEND, &source, s, err);
}
