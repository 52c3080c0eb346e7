/* pace.c - bytes onto the line of a session: at once in one write, or byte by byte and line by
 * line for a device that cannot take them faster (char-delay, line-delay). */
#include "base/mem.h"
#include "session/session_private.h"
#include <stdlib.h>

struct pace {
	struct bytes bytes;
	size_t at;
	bool half_close;
	struct loop_timer timer;
};

static void put(struct session *s, struct slice bytes, bool half_close)
{
	if (s->log && bytes.len)
		log_bytes(s->log, true, bytes, frame_rules(s->frame)->bin);
	transport_send(s->line, bytes, half_close);
}

/* How much goes out before the next pause: a byte, or all up to a line end. */
static size_t piece(const struct session *s, struct slice rest, int64_t *pause)
{
	int64_t by_char = s->settings.at[SET_CHAR_DELAY].value;
	int64_t by_line = s->settings.at[SET_LINE_DELAY].value;
	size_t n = 0;
	bool ends = false;
	while (n < rest.len && !ends && !(by_char && n)) {
		uint8_t c = rest.at[n++];
		bool pair = c == '\r' && n < rest.len && rest.at[n] == '\n';
		ends = by_line && (c == '\n' || c == '\r') && !pair;
	}
	*pause = ends && by_line > by_char ? by_line : by_char;
	return n;
}

static void on_pace(void *arg)
{
	struct session *s = arg;
	struct pace *p = s->pace;
	int64_t pause;
	struct slice rest = slice_cut(bytes_slice(&p->bytes), p->at, p->bytes.len);
	size_t n = piece(s, rest, &pause);
	bool last = n == rest.len;
	p->at += n;
	put(s, slice_cut(rest, 0, n), last && p->half_close);
	if (!last) {
		loop_timer_set(&p->timer, pause);
		return;
	}
	session_pace_stop(s);
	if (s->current) { /* the reply's time runs from the last byte */
		s->current->sent_at = loop_now_fresh(s->loop);
		session_wait(s);
	}
}

static bool delayed(const struct session *s)
{
	return s->settings.at[SET_CHAR_DELAY].value || s->settings.at[SET_LINE_DELAY].value;
}

void session_put(struct session *s, struct slice bytes, bool half_close)
{
	if (!s->pace && (!delayed(s) || bytes.len <= 1)) {
		put(s, bytes, half_close);
		return;
	}
	if (!s->pace) {
		s->pace = mem_new(sizeof *s->pace);
		bytes_init(&s->pace->bytes, LIMIT_FRAME_MOST);
		loop_timer_init(&s->pace->timer, s->loop, on_pace, s);
		loop_timer_set(&s->pace->timer, 0);
	}
	bytes_add(&s->pace->bytes, bytes);
	s->pace->half_close |= half_close;
}

void session_pace_stop(struct session *s)
{
	if (!s->pace)
		return;
	loop_timer_stop(&s->pace->timer);
	bytes_free(&s->pace->bytes);
	free(s->pace);
	s->pace = NULL;
}
