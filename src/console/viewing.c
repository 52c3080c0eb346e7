/* viewing.c - a file in the console: its keys, its status, and what is said beside it.
 *
 * What commands print is no part of the file.  It is a page of its own, over which the keys scroll,
 * and from which they go back to where the file was left.
 */
#include "console/console_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "viewed/viewed.h"
#include <stdlib.h>

struct viewing {
	struct console *console;
	struct viewed *viewed;
	char *name; /* of the file, without its folders */
	struct pane page;
	bool paged;   /* the page is in the console's pane, and the file in `page` */
	bool sought;  /* back */
	bool follows; /* what is added to the file is shown as it comes */
	bool came;    /* and something is, that was read behind the screen */
	struct loop_timer timer;
};

/* How often the file is looked at that is followed. */
enum { FOLLOW_MS = 300 };

/* ---- the page ---- */

static void exchange_panes(struct viewing *v)
{
	struct console *c = v->console;
	struct pane pane = c->pane;
	c->pane = v->page;
	v->page = pane;
	c->pane.look.marking.find = &c->pane.find;
	v->page.look.marking.find = &v->page.find;
	v->paged = !v->paged;
	viewed_move(v->viewed, v->paged ? &v->page : &c->pane);
	pane_again(&c->pane);
	c->pane_dirty = true;
}

static void leave_page(struct viewing *v)
{
	if (v->paged)
		exchange_panes(v);
}

/* Begins a page with what is printed next. */
static void begin_page(struct viewing *v)
{
	struct console *c = v->console;
	exchange_panes(v);
	c->browsing = true;
	c->pane.selecting = c->pane.follow = false;
	c->pane.top = c->record.ever;
	c->pane.top_row = c->pane.top_of = 0;
}

bool viewing_line(struct console *c, enum ui_kind kind, struct slice text)
{
	static const enum entry_kind kinds[] = {
		[UI_OUTPUT] = ENTRY_OUTPUT, [UI_NOTE] = ENTRY_NOTE, [UI_ERROR] = ENTRY_ERROR};
	struct viewing *v = c->viewing;
	if (!v)
		return false;
	if (kind == UI_NOTE && !v->paged) {
		console_say(c, "%.*s", SLICE_ARG(text));
		return true;
	}
	if (!v->paged)
		begin_page(v);
	record_text(&c->record, kinds[kind], text);
	return true;
}

/* ---- seeking ---- */

static void say_where(struct viewing *v)
{
	struct console *c = v->console;
	struct bytes text;
	bytes_init(&text, LIMIT_MESSAGE);
	viewed_where(v->viewed, c->pane.selected, &text);
	console_say(c, "found: %s", bytes_str(&text));
	bytes_free(&text);
}

static void say_nothing(struct viewing *v, bool back)
{
	const struct find *f = &v->console->pane.find;
	console_say(v->console, "no more %s%s", back ? "further back" : "further on",
		find_gave_up(f) ? "; not all was searched: the expression takes too long" : "");
}

static void on_sought(void *owner, bool found)
{
	struct viewing *v = owner;
	v->console->dirty = v->console->pane_dirty = true;
	if (found)
		say_where(v);
	else
		say_nothing(v, v->sought);
}

bool viewing_seek(struct console *c, bool back, pane_test *test)
{
	struct viewing *v = c->viewing;
	if (!v)
		return false;
	leave_page(v);
	v->sought = back;
	return viewed_seek(v->viewed, back, test);
}

bool viewing_found(struct console *c, bool found, bool back)
{
	struct viewing *v = c->viewing;
	if (!v || viewed_is_whole(v->viewed))
		return false;
	if (found)
		say_where(v);
	else if (!viewing_seek(c, back, pane_is_found))
		say_nothing(v, back);
	return true;
}

/* Searches from the selected entry on, that entry included. */
bool viewing_find(struct console *c)
{
	struct viewing *v = c->viewing;
	struct pane *p = &c->pane;
	if (!v || p->find.kind == FIND_NOTHING)
		return v != NULL;
	leave_page(v);
	console_say_found(c, pane_seek(p, false, pane_is_found), false);
	return true;
}

/* ---- filters ---- */

static const struct session *chosen_session(struct console *c)
{
	const struct entry *e = pane_chosen(&c->pane);
	return e ? e->device->session : NULL;
}

bool viewing_filter(struct console *c)
{
	struct viewing *v = c->viewing;
	struct pane *p = &c->pane;
	if (!v)
		return false;
	leave_page(v);
	enum pane_filter next = (p->filter + 1) % FILTER_COUNT;
	if (next == FILTER_FOUND && p->find.kind == FIND_NOTHING)
		next = FILTER_NONE;
	pane_filter(p, next, chosen_session(c));
	console_say(c, "%s", filter_says(next));
	return true;
}

bool viewing_stream(struct ui *ui, uint32_t number, struct error *err)
{
	struct console *c = (struct console *)ui;
	leave_page(c->viewing);
	return viewed_stream(c->viewing->viewed, number, err);
}

/* ---- a file that grows ---- */

/* Reads what was added, and goes to the end. */
static void follow(struct viewing *v)
{
	struct console *c = v->console;
	bool changed = viewed_changed(v->viewed) || !v->follows;
	const char *why = changed ? viewed_grow(v->viewed) : NULL;
	v->follows = !why;
	v->came = false;
	console_act(c, ACT_END);
	if (why)
		console_say(c, "%s; leave, and open it again", why);
	else
		loop_timer_set(&v->timer, FOLLOW_MS * (int64_t)NS_PER_MS);
}

static void on_follow_time(void *arg)
{
	struct viewing *v = arg;
	if (!viewed_changed(v->viewed) && !v->came) {
		loop_timer_set(&v->timer, FOLLOW_MS * (int64_t)NS_PER_MS);
		return;
	}
	follow(v);
	console_paint_later(v->console);
}

void viewing_follow(struct console *c)
{
	if (!c->viewing)
		return;
	leave_page(c->viewing);
	follow(c->viewing);
}

/* A key that is typed is about what is shown now. */
static void stop_following(struct viewing *v)
{
	v->follows = false;
	loop_timer_stop(&v->timer);
}

/* ---- comparing ---- */

bool viewing_compare(struct console *c, uint64_t id, const struct entry *with, struct bytes *out)
{
	if (c->viewing)
		viewed_compare(c->viewing->viewed, id, with, out);
	return c->viewing != NULL;
}

/* ---- keys ---- */

bool viewing_is_aside(const struct console *c)
{
	return c->viewing && c->viewing->paged;
}

bool viewing_stop(struct console *c)
{
	return c->viewing && viewed_stop(c->viewing->viewed);
}

static bool key_of_page(struct viewing *v, uint32_t code, bool alt)
{
	static const struct {
		enum action action;
		long pages, rows;
	} moves[] = {{ACT_PAGE_UP, -1, 0}, {ACT_PAGE_DOWN, 1, 0}, {ACT_LINE_UP, 0, -1},
		{ACT_LINE_DOWN, 0, 1}, {ACT_PREVIOUS, 0, -1}, {ACT_NEXT, 0, 1}};
	struct console *c = v->console;
	const struct binding *b = keymap_find(&c->keymap, MODE_BROWSE, code, alt);
	for (size_t i = 0; b && i < sizeof moves / sizeof moves[0]; i++)
		if (moves[i].action == b->action) {
			long page = c->pane.height > 2 ? (long)c->pane.height - 1 : 1;
			pane_scroll(&c->pane, moves[i].pages * page + moves[i].rows);
			c->pane.follow = false;
			return true;
		}
	leave_page(v);
	return code == 'q' || code == KEY_ESCAPE || code == '\r' || code == 3;
}

bool viewing_key(struct console *c, uint32_t code, bool alt)
{
	struct viewing *v = c->viewing;
	if (!v)
		return false;
	c->dirty = c->pane_dirty = true;
	stop_following(v);
	if (v->paged && key_of_page(v, code, alt))
		return true;
	const struct binding *b = keymap_find(&c->keymap, MODE_FILE, code, alt);
	if (b) {
		console_act(c, b->action);
	} else if (keymap_find(&c->keymap, MODE_BROWSE, code, alt) || code == 26) {
		return false;
	} else if (code >= 0x20 && code < KEY_SPECIAL) {
		console_say(
			c, "h lists the keys; a dot begins a command, Ctrl-O leads to the line");
	}
	return true;
}

void viewing_again(struct console *c)
{
	if (!c->viewing)
		return;
	c->browsing = true;
	if (!c->viewing->paged && !c->pane.selecting)
		pane_select(&c->pane, true);
}

/* ---- the status ---- */

static const struct viewing *viewing_of(const struct shell *sh)
{
	return ((const struct console *)sh->ui)->viewing;
}

static void role_title(const struct shell *sh, struct bytes *out)
{
	bytes_add_str(out, viewing_of(sh)->name);
}

static void role_status(const struct shell *sh, struct bytes *out)
{
	const struct viewed *v = viewing_of(sh)->viewed;
	bool timeless = viewed_entries(v) && !viewed_is_timed(v);
	bytes_addf(out, "%s%s  %s", viewed_kind(v), timeless ? " without times" : "",
		frame_name(viewed_frame(v)));
}

bool viewing_where(struct console *c, struct bytes *out)
{
	const struct viewing *v = c->viewing;
	if (!v)
		return false;
	size_t stream = viewed_only(v->viewed);
	if (stream)
		bytes_addf(out, "only stream %zu, ", stream);
	if (v->follows)
		bytes_add_str(out, "follows, ");
	if (v->paged)
		bytes_add_str(out, "beside the file");
	else
		viewed_where(v->viewed, c->pane.selecting ? c->pane.selected : c->pane.top, out);
	return true;
}

bool viewing_progress(struct console *c, struct bytes *out)
{
	return c->viewing && viewed_progress(c->viewing->viewed, out);
}

const char *viewing_hint(const struct console *c)
{
	bool empty = c->viewing && !c->pane.record->count;
	return empty ? "nothing is left by the filter; f chooses the next one"
	       : c->viewing && c->viewing->paged ? "q goes back to the file"
	       : c->viewing && viewed_changed(c->viewing->viewed)
		       ? "the file has changed since it was opened"
		       : "";
}

/* ---- beginning and end ---- */

static void on_changed(void *owner)
{
	struct viewing *v = owner;
	struct console *c = v->console;
	struct pane *p = v->paged ? &v->page : &c->pane;
	v->came = true;
	if (!p->selecting && p->record->count && c->browsing) { /* the first entries have come */
		p->selecting = true;
		p->selected = p->top = p->record->at[0].id;
	}
	c->pane_dirty = true;
	console_paint_later(c);
}

static void on_read(void *owner, const char *left_out)
{
	struct viewing *v = owner;
	if (left_out && !v->follows)
		console_say(v->console, "%s", left_out);
	on_changed(owner);
}

static bool role_line(struct shell *sh, const struct order *o, struct slice text,
	struct bytes *wire, struct error *err)
{
	(void)sh, (void)o, (void)text, (void)wire;
	return error_set(
		err, STATUS_USAGE, "a file is shown, and no device is open: nothing can be sent");
}

static void role_free(struct shell *sh)
{
	sh->role = NULL;
	viewing_free((struct console *)sh->ui);
}

static const struct role view_role = {.name = "view",
	.file = true,
	.free = role_free,
	.title = role_title,
	.status = role_status,
	.line = role_line};

static const struct viewed_events events = {on_changed, on_sought, on_read};

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

bool console_view(struct console *c, const struct console_file *file, struct error *err)
{
	if (!c->screen) {
		pieces_close(file->pieces);
		return error_set(err, STATUS_USAGE,
			"wilco view needs a terminal with a split screen; wilco import and wilco "
			"frame decode print what is in a file");
	}
	struct viewing *v = mem_new(sizeof *v);
	const struct viewed_config config = {.loop = c->loop,
		.file = file->pieces,
		.frame = file->frame,
		.runs = file->runs,
		.settings = file->settings,
		.pane = &c->pane,
		.events = &events,
		.owner = v};
	v->console = c;
	loop_timer_init(&v->timer, c->loop, on_follow_time, v);
	c->record.cap = file->transcript;
	v->viewed = viewed_open(&config);
	v->name = mem_str(name_of(file->path));
	pane_init(&v->page, &c->record, c->ui.utf8);
	v->page.look.marking.rules = &c->highlights;
	c->viewing = v;
	c->browsing = true;
	c->shell->role = &view_role;
	return true;
}

void viewing_free(struct console *c)
{
	struct viewing *v = c->viewing;
	if (!v)
		return;
	leave_page(v);
	stop_following(v);
	c->viewing = NULL;
	viewed_free(v->viewed);
	pane_free(&v->page);
	free(v->name);
	free(v);
}
