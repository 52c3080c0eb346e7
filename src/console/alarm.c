/* alarm.c - rings, or flashes, when something comes that `.highlight` wants to be told.
 *
 * What flashes is the bar, which shows for a second what came; where there is none, the bell rings.
 */
#include "console/console_private.h"

#include "base/number.h"
#include "base/text.h"

static bool has_bar(const struct console *c)
{
	return c->screen && full_has_bar(c);
}

/* Tells what is wanted, and nothing more for a second. */
static void tell(struct console *c)
{
	struct alarm *a = &c->alarm;
	if (a->rings || (a->flashes && !has_bar(c)))
		terminal_write(c->terminal, SLICE("\a"));
	bytes_clear(&a->text);
	if (a->flashes)
		bytes_add(&a->text, bytes_slice(&a->next));
	a->rings = a->flashes = false;
	loop_timer_set(&a->timer, NS_PER_S);
	c->pane_dirty = true;
	console_paint_later(c);
}

static void on_time(void *arg)
{
	struct console *c = arg;
	struct alarm *a = &c->alarm;
	if (a->text.len)
		c->dirty = c->pane_dirty = true;
	bytes_clear(&a->text);
	if (a->rings || a->flashes)
		tell(c);
}

void alarm_init(struct console *c)
{
	loop_timer_init(&c->alarm.timer, c->loop, on_time, c);
	bytes_init(&c->alarm.text, LIMIT_MESSAGE);
	bytes_init(&c->alarm.next, LIMIT_MESSAGE);
}

void alarm_end(struct console *c)
{
	loop_timer_stop(&c->alarm.timer);
	bytes_free(&c->alarm.text);
	bytes_free(&c->alarm.next);
}

/* Keeps the beginning of what came: "pump1: ALARM 7". */
static void take_text(struct console *c, const struct session *s, struct slice came)
{
	enum { SHOWN = 256 };
	struct bytes *out = &c->alarm.next;
	unsigned flags = TEXT_PLAIN | text_charset(c->ui.utf8);
	bytes_clear(out);
	bytes_add_str(out, " ");
	text_add(out, slice_str(session_name(s)), flags);
	bytes_add_str(out, ": ");
	text_add(out, slice_cut(came, 0, SHOWN), flags);
}

/* Looks for what is not wanted already, so that a flood of alarms costs little. */
static void hear(struct console *c, const struct session *s, struct slice came)
{
	struct alarm *a = &c->alarm;
	for (size_t i = 0; i < c->highlights.count; i++) {
		const struct highlight *h = &c->highlights.at[i];
		bool *wanted = h->tells == TELLS_BELL ? &a->rings : &a->flashes;
		if (h->tells == TELLS_NOTHING || *wanted || !find_in(&h->find, came, false))
			continue;
		*wanted = true;
		if (h->tells == TELLS_FLASH)
			take_text(c, s, came);
	}
}

void alarm_hear(struct console *c, const struct session *s, const struct exchange *x)
{
	struct alarm *a = &c->alarm;
	if (!c->highlights.telling)
		return;
	for (const struct reply *r = x->replies; r; r = r->next)
		hear(c, s, view_bytes(r));
	if (x->stray.len)
		hear(c, s, x->stray);
	if ((a->rings || a->flashes) && !loop_timer_running(&a->timer))
		tell(c);
}

bool alarm_row(struct console *c, struct styled *row)
{
	struct alarm *a = &c->alarm;
	if (a->text.len)
		styled_add(row, STYLE_RED, bytes_shown(&a->text));
	return a->text.len > 0;
}
