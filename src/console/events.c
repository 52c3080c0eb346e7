/* events.c - what the terminal tells (keys, another size, its end), and the turns of the loop until
 * there is a key for the editor.
 */
#include "console/console_private.h"

#include "base/mem.h"
#include "base/number.h"
#include <signal.h>
#include <stdlib.h>

static void on_key(void *arg, uint32_t code, bool alt)
{
	struct console *c = arg;
	if (c->typed_count == KEYS_MAX)
		return;
	c->typed_keys =
		mem_more(c->typed_keys, c->typed_count, &c->typed_room, sizeof *c->typed_keys);
	c->typed_keys[c->typed_count++] = (struct typed){code, alt};
	c->typed_last = loop_now(c->loop);
}

/* Handles the next key; false: none was typed. */
static bool next_typed(struct console *c)
{
	if (c->typed_at == c->typed_count) {
		c->typed_at = c->typed_count = 0;
		return false;
	}
	struct typed key = c->typed_keys[c->typed_at];
	c->typed_keys[c->typed_at++] = (struct typed){0}; /* it may be one of a secret */
	console_keep(c);
	if (c->term_screen) /* a key before it began terminal mode */
		console_term_key(c, key.code, key.alt);
	else
		console_key(c, key.code, key.alt);
	return true;
}

bool console_interrupted(struct console *c)
{
	bool found = false;
	for (; c->typed_at < c->typed_count; c->typed_at++)
		found = found || c->typed_keys[c->typed_at].code == 3;
	return found;
}

void console_on_escape_time(void *arg)
{
	struct console *c = arg;
	keys_timeout(&c->keys, on_key, c);
}

static void on_keys(void *owner, struct slice bytes)
{
	struct console *c = owner;
	/* Keys behind the one that leaves terminal mode are the console's. */
	if (c->term_screen)
		bytes = console_term_keys(c, bytes);
	if (!bytes.len)
		return;
	/* The end of the paste has not come: a Ctrl-C that comes alone was typed. */
	if (c->keys.pasting && slice_is(bytes, "\x03")) {
		c->keys.pasting = false;
		console_refuse_paste(c, "the paste has no end");
		return;
	}
	keys_feed(&c->keys, bytes, on_key, c);
	if (keys_waiting(&c->keys))
		loop_timer_set(&c->escape_timer, ESCAPE_DELAY_MS * (int64_t)NS_PER_MS);
	else
		loop_timer_stop(&c->escape_timer);
}

static void on_closed(void *owner)
{
	struct console *c = owner;
	console_end(c, SIGHUP);
}

static void on_resized(void *owner)
{
	struct console *c = owner;
	c->dirty = true;
	if (c->screen) {
		full_resize(c);
		return;
	}
	pane_size(&c->pane, terminal_columns(c->terminal), c->pane.height);
	if (terminal_can(c->terminal)->still)
		return; /* the terminal has broken the row anew */
	/* What stood on the row may take several now; a fresh row is always right. */
	row_free(&c->painted);
	terminal_write(
		c->terminal, terminal_can(c->terminal)->cursor ? SLICE("\r\033[K") : SLICE("\r\n"));
}

static void on_leaving(void *owner)
{
	struct console *c = owner;
	if (c->screen)
		full_leave(c);
}

static void on_drained(void *owner)
{
	console_paint_later(owner);
}

const struct terminal_events console_terminal_events = {.keys = on_keys,
	.closed = on_closed,
	.resized = on_resized,
	.drained = on_drained,
	.leaving = on_leaving};

/* Has devices freed that were taken away, unless something here is about one of them, or what was
 * painted last. */
static void rest(struct console *c)
{
	bool painted = !c->screen || !c->pane_dirty;
	if (!painted || c->question.text || c->unkept || c->all || c->draft || c->term_screen)
		return;
	if (!shell_rest(c->shell))
		return;
	if (c->edits_of != shell_history(c->shell))
		console_forget_edits(c);
	free(c->suggested.typed);
	c->suggested = (struct suggested){0};
}

/* Turns the loop until there is a key for the editor. */
bool console_next_key(void *owner, wchar_t *key)
{
	struct console *c = owner;
	for (;;) {
		if (c->quitting && console_may_leave(c))
			return false;
		if (!c->quitting && c->queue_at < c->queue_count) {
			*key = c->queue[c->queue_at++];
			if (console_line_length(c) < EDITOR_CHARACTERS_MAX || *key < 0x20 ||
				(*key >= KEY_SPECIAL && *key <= KEY_LAST))
				return true;
			console_say_full(c);
			continue;
		}
		c->queue_at = c->queue_count = 0;
		if (!c->quitting && next_typed(c))
			continue;
		if (c->dirty && !c->signo)
			console_paint(c);
		console_keep_soon(c);
		rest(c);
		loop_step(c->loop, true);
		waiting_look(c);
	}
}
