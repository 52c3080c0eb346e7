/* tapped_hold.c - frames that are held in the console of a tap. */
#include "base/mem.h"
#include "base/number.h"
#include "cmd/tapped_private.h"
#include "pane/language.h"
#include <stdlib.h>

static const char *side_word(enum tap_side from)
{
	return from == TAP_PROGRAM ? "program" : "device";
}

/* The longest text that is edited; the line of a screen has no room for much more. */
enum { EDITED_MAX = 8000 };
/* How often the line is tried where somebody types. */
enum { OFFER_EVERY_MS = 300 };

/* Puts the first frame that is held on the line.  replace: whatever stands there. */
static void offer(struct tapped *t, bool replace)
{
	struct ui *ui = t->shell->ui;
	struct slice text = slice_str(t->held ? t->held->text : "");
	t->offered = ui->ops->put && ui->ops->put(ui, text, replace) && t->held;
	if (t->held && !t->offered)
		loop_timer_set(&t->retry, OFFER_EVERY_MS * (int64_t)NS_PER_MS);
	shell_refresh(t->shell);
}

void tapped_on_retry(void *arg)
{
	struct tapped *t = arg;
	if (t->held && !t->offered)
		offer(t, false);
}

static void held_free(struct held *h)
{
	free(h->text);
	bytes_free(&h->raw);
	free(h);
}

/* Takes the frame out of those that are held. */
static void held_pop(struct tapped *t, struct held **place)
{
	struct held *h = *place;
	t->offered = t->offered && place != &t->held;
	*place = h->next;
	held_free(h);
}

void tapped_forget_held(struct tapped *t, uint64_t link)
{
	bool offered = t->offered;
	size_t count = 0;
	for (struct held **place = &t->held; *place;)
		if ((*place)->link == link) {
			held_pop(t, place);
			count++;
		} else {
			place = &(*place)->next;
		}
	if (count)
		shell_print(t->shell, t->shell->quitting ? UI_ERROR : UI_NOTE,
			"%llu: closed, with %zu frame%s held, which did not go on",
			(unsigned long long)link, count, plural(count));
	if (offered && !t->offered) /* what stands on the line is about none of the others */
		offer(t, true);
}

bool tapped_on_holds(
	void *owner, struct tap_link *l, enum tap_side from, const struct split_event *e)
{
	struct tapped *t = owner;
	const struct find *f = &t->sought[from];
	bool payload = e->kind == SPLIT_FRAME && f->kind != FIND_BYTES;
	(void)l;
	return f->kind == FIND_NOTHING || find_in(f, payload ? e->payload : e->raw, false);
}

void tapped_on_held(void *owner, struct tap_link *l, enum tap_side from,
	const struct split_event *e, uint64_t number)
{
	struct tapped *t = owner;
	struct held **end = &t->held, *h = mem_new(sizeof *h);
	struct bytes line;
	struct exchange *x = exchange_of_frame(
		tapped_frame(t), tapped_frame_side(from), e, e->kind == SPLIT_FRAME);
	bytes_init(&line, LIMIT_FRAME_MOST);
	bool fits = language_command(x, &line);
	exchange_free(x);
	struct slice rest = bytes_slice(&line), text;
	slice_line(&rest, &text);
	if (!fits || text.len > EDITED_MAX) {
		bytes_clear(&line);
		bytes_addf(&line, "# %zu bytes are too many to edit: Enter sends them as they came",
			e->raw.len);
		text = bytes_slice(&line);
	}
	*h = (struct held){.link = l->number,
		.number = number,
		.from = from,
		.text = mem_strn(text.at, text.len)};
	bytes_init(&h->raw, e->raw.len);
	bytes_add(&h->raw, e->raw);
	if (e->values)
		memcpy(h->fields.at, e->values,
			frame_field_count(tapped_frame(t)) * sizeof *e->values);
	bytes_free(&line);
	while (*end)
		end = &(*end)->next;
	*end = h;
	if (end == &t->held)
		offer(t, false);
}

/* Lets the first frame that is held go on, or not; bytes: instead of its own, NULL: as it came. */
static void release(struct tapped *t, bool drop, const struct slice *bytes)
{
	struct held *h = t->held;
	bool there = tap_release(tapping_tap(t->tapping), h->link, h->from, h->number, drop, bytes);
	if (!there)
		shell_print(t->shell, UI_NOTE,
			"%llu: a frame of the %s is gone: that way is closed",
			(unsigned long long)h->link, side_word(h->from));
	else if (bytes)
		tapped_show_bytes(t, h->link, h->from, *bytes, "changed");
	else if (drop)
		shell_print(t->shell, UI_NOTE, "%llu: a frame of the %s was dropped",
			(unsigned long long)h->link, side_word(h->from));
	else
		shell_say(t->shell, "a frame of the %s went on as it came", side_word(h->from));
	held_pop(t, &t->held);
	shell_refresh(t->shell);
}

/* ---- the line ---- */

bool tapped_take_held(struct tapped *t, const struct order *o, struct slice text,
	struct bytes *wire, struct error *err)
{
	static const struct frame_values none;
	struct held *h = t->held;
	struct bytes bytes;
	bool same = slice_is(text, h->text);
	bytes_init(&bytes, LIMIT_WIRE);
	bool good = same ? bytes_add(&bytes, bytes_slice(&h->raw))
			 : tapped_may_send(o, err) &&
				    tapped_encode(t, h->from, o, h->fields.at, &none, &bytes, err);
	struct slice sent = bytes_slice(&bytes);
	if (good && wire)
		bytes_add(wire, sent);
	else if (good)
		release(t, false, same ? NULL : &sent);
	bytes_free(&bytes);
	return good;
}

void tapped_take_empty(struct tapped *t, struct slice text, const struct bytes *wire)
{
	bool empty = !slice_trim(text).len;
	if (t->held && !wire && (empty ? t->offered : slice_is(text, t->held->text)))
		release(t, empty, NULL);
}

void tapped_offer(struct shell *sh)
{
	if (sh->tapped->held)
		offer(sh->tapped, false);
}

bool tapped_aside(struct shell *sh)
{
	struct tapped *t = sh->tapped;
	bool was = t->offered;
	t->offered = false;
	loop_timer_set(&t->retry, OFFER_EVERY_MS * (int64_t)NS_PER_MS);
	return was;
}

bool tapped_prompt(const struct shell *sh, struct bytes *out)
{
	const struct held *h = sh->tapped->held;
	return h &&
	       bytes_addf(out, "held %llu %c ", (unsigned long long)h->link, tapped_mark(h->from));
}

const char *tapped_hint(const struct shell *sh, bool empty)
{
	const struct tapped *t = sh->tapped;
	if (!t->held)
		return NULL;
	if (!t->offered) /* an empty line gets the frame in a moment */
		return empty ? NULL : "in place of the frame that is held";
	return empty ? "Enter drops the frame; .hold off lets all go on" : "an empty line drops it";
}

bool tapped_drop(struct shell *sh, struct error *err)
{
	if (!sh->tapped->held)
		return error_set(err, STATUS_USAGE, "no frame is held: .hold stops frames");
	release(sh->tapped, true, NULL);
	return true;
}

static void hold(struct tapped *t, enum tap_side from, bool on)
{
	find_end(&t->sought[from]);
	t->sought[from] = (struct find){0};
	t->holding[from] = on;
	tap_hold(tapping_tap(t->tapping), from, on);
}

bool tapped_hold(struct shell *sh, struct slice rest, struct error *err)
{
	struct tapped *t = sh->tapped;
	struct slice pattern = rest, word = slice_word(&pattern);
	bool one = slice_is(word, ">") || slice_is(word, "<");
	struct find next[2];
	pattern = one ? slice_trim(pattern) : rest;
	if (slice_is(rest, "off")) {
		while (t->held)
			release(t, false, NULL);
		hold(t, TAP_PROGRAM, false);
		hold(t, TAP_DEVICE, false);
		shell_say(sh, "frames pass again");
		return true;
	}
	for (int from = 0; from < 2; from++) {
		if (one && tapped_mark((enum tap_side)from) != (char)word.at[0])
			continue;
		if (!find_begin(&next[from], pattern, shell_charset(sh, t->device), err)) {
			find_end(&next[from]);
			return false;
		}
		hold(t, (enum tap_side)from, true);
		t->sought[from] = next[from];
	}
	shell_print(sh, UI_NOTE,
		"frames are held: Enter sends one, arrow keys edit it, an empty line drops it; "
		".hold off ends");
	return true;
}
