/* waiting.c - the commands that wait for a reply, and what has come of it. */
#include "console/console_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "cmd/watch.h"
#include <stdio.h>

/* Adds "Ctrl-X sends WHAT" for the key that does this; nothing if there is none. */
static void add_key(const struct console *c, enum action action, const char *what, char *out)
{
	char key[16];
	size_t used = strlen(out);
	const struct binding *b = keymap_key(&c->keymap, MODE_INPUT, action);
	if (!b)
		return;
	key_text(b->key, b->alt, key);
	snprintf(out + used, DEVICE_KEYS_MAX - used, used ? ", %s %s" : "%s sends %s", key, what);
}

/* Names the keys that send something to the device at once; our side must be open. */
static const char *keys_for(struct console *c, const struct session *s)
{
	char *keys = c->device_keys;
	*keys = 0;
	if (s != console_current(c) || frame_half_closes(session_frame(s), SIDE_COMMAND))
		return NULL;
	add_key(c, ACT_SEND_INTERRUPT, "Ctrl-C", keys);
	if (address_breaks(session_address(s)))
		add_key(c, ACT_SEND_BREAK, "a break", keys);
	return keys;
}

/* Finds out what a session waits for; false: for nothing. */
static bool waiting_of(struct console *c, const struct session *s, struct waiting *w)
{
	const struct exchange *x = session_current(s);
	if (!x)
		x = session_next(s);
	if (!x || !x->command || watch_asked(x))
		return false;
	int64_t now = loop_now_fresh(c->loop), until = session_waits_until(s);
	*w = (struct waiting){.session = s,
		.exchange = x,
		.waited = x->sent_at ? now - x->sent_at : 0,
		.left = !x->sent_at && until > now ? until - now : 0,
		.keys = keys_for(c, s)};
	if (x == session_current(s))
		w->coming = session_coming(s);
	return true;
}

/* Returns how many bytes of replies that are not whole have come, as far as they are shown. */
static size_t coming_now(struct console *c)
{
	struct shell_device d;
	size_t all = 0;
	for (size_t i = 0; shell_device(c->shell, i, &d); i++) {
		const struct exchange *x = session_current(d.session);
		if (x && !watch_asked(x) && (c->screen || d.current))
			all += session_coming(d.session).bytes;
	}
	return all;
}

void waiting_take(struct console *c)
{
	struct shell_device d;
	MEM_UNSET struct waiting all[PANE_WAITING_MAX];
	size_t count = 0;
	for (size_t i = 0; count < PANE_WAITING_MAX && shell_device(c->shell, i, &d); i++)
		count += waiting_of(c, d.session, &all[count]);
	c->waits = count > 0;
	c->coming = c->waits ? coming_now(c) : 0;
	pane_wait(&c->pane, all, count, console_current(c));
}

bool waiting_counts(const struct console *c)
{
	for (size_t i = 0; i < c->pane.waiting_count; i++)
		if (c->pane.waiting[i].exchange->sent_at || c->pane.waiting[i].left)
			return true;
	return false;
}

int64_t waiting_clock(const struct console *c)
{
	const struct session *s = console_current(c);
	const struct exchange *x = s ? session_current(s) : NULL;
	return x && x->file ? NS_PER_S / 4 : NS_PER_S;
}

/* Says in line mode whether the current device waits, and something can be said of that. */
static bool waiting_now(struct console *c, struct waiting *w)
{
	const struct session *s = console_current(c);
	return s && waiting_of(c, s, w) && (w->coming.bytes || w->left || w->waited >= NS_PER_S);
}

bool waiting_for_reply(struct console *c)
{
	struct waiting w;
	const struct session *s = console_current(c);
	return s && waiting_of(c, s, &w);
}

bool waiting_line(struct console *c, struct styled *line)
{
	struct waiting w;
	const struct session *s = console_current(c);
	c->waits = s && session_pending(s);
	if (!c->waits)
		return false;
	c->coming = coming_now(c);
	loop_timer_set(&c->clock_timer, waiting_clock(c));
	if (!waiting_now(c, &w))
		return false;
	entry_waiting_line(&w, &c->pane.look, terminal_columns(c->terminal) - 1, line);
	return true;
}

void waiting_look(struct console *c)
{
	if (!c->waits || coming_now(c) == c->coming)
		return;
	c->pane_dirty = true;
	console_paint_later(c);
}
