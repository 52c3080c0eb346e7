/* guess_length.c - finds the length in binary frames: a number at the same place of what was sent
 * and what came that differs from the size of each by the same amount. */
#include "cmd/guess_private.h"

enum { PLACES = 32, LITTLE = 1, BIG = 0, REST_MOST = 64 };

struct length {
	size_t at, size;
	int order;
	size_t more; /* bytes of a frame that it does not count */
};

static uint64_t number_at(struct slice s, const struct length *l)
{
	uint64_t value = 0;
	for (size_t i = 0; i < l->size; i++)
		value = value << 8 | s.at[l->at + (l->order == BIG ? i : l->size - 1 - i)];
	return value;
}

/* Says whether it is a length in both.  Frames of the same size prove it only where it counts
 * exactly what follows, or all. */
static bool is_length(struct slice sent, struct slice came, struct length *l)
{
	size_t end = l->at + l->size;
	if (sent.len < end || came.len < end)
		return false;
	uint64_t a = number_at(sent, l), b = number_at(came, l);
	if (a > sent.len || b > came.len || sent.len - a != came.len - b)
		return false;
	l->more = sent.len - (size_t)a;
	bool plain = l->more == 0 || l->more == end;
	/* One byte is soon right by chance. */
	if (l->size == 1 && (!a || !b || (!plain && l->more != end + 1 && l->more != end + 2)))
		return false;
	return l->more <= REST_MOST && (sent.len != came.len || (plain && l->size > 1 && a));
}

/* Takes the widest, at a multiple of its size if it can be. */
static bool find_length(struct slice sent, struct slice came, struct length *l)
{
	for (l->size = 4; l->size; l->size /= 2)
		for (int aligned = 1; aligned >= 0; aligned--)
			for (l->at = 0; l->at < PLACES; l->at += aligned ? l->size : 1)
				for (l->order = BIG; l->order <= LITTLE; l->order++)
					if (is_length(sent, came, l))
						return true;
	return false;
}

/* Adds the bytes before the length as fields, which have other names and no value on the side of
 * replies. */
static void add_head(struct bytes *out, struct slice head, bool reply)
{
	const char *name = reply ? "came" : "head";
	unsigned number = 1;
	for (size_t i = 0, n; i < head.len; i += n) {
		n = head.len - i >= 4 ? 4 : head.len - i >= 2 ? 2 : 1;
		bytes_addf(out, n == 1 ? "%s%u:u8" : "%s%u:u%zube", name, number++, n * 8);
		bytes_add_str(out, reply ? "" : "=0x");
		for (size_t k = 0; k < n && !reply; k++)
			bytes_addf(out, "%02x", head.at[i + k]);
		bytes_add_str(out, " ");
	}
}

static void add_length(struct bytes *out, const struct length *l)
{
	size_t end = l->at + l->size;
	if (l->more == 0)
		bytes_add_str(out, "len(all)");
	else if (l->more == end)
		bytes_add_str(out, "len");
	else
		bytes_addf(out, "len(payload)%c%zu", l->more < end ? '+' : '-',
			l->more < end ? end - l->more : l->more - end);
	bytes_addf(out,
		l->size == 1      ? ":u8"
		: l->order == BIG ? ":u%zube"
				  : ":u%zule",
		l->size * 8);
}

static void add_side(struct bytes *out, struct slice head, const struct length *l, bool reply)
{
	add_head(out, head, reply);
	add_length(out, l);
	bytes_add_str(out, " payload");
}

bool guess_length(const struct frame_book *book, const struct guess_seen *seen,
	struct bytes *notation, struct bytes *because)
{
	struct length l = {0};
	struct slice sent = seen->command;
	if (!seen->asked || seen->end.len || seen->datagrams || seen->half_close ||
		!find_length(sent, seen->reply, &l))
		return false;
	size_t before = notation->len;
	add_side(notation, slice_cut(sent, 0, l.at), &l, false);
	if (seen->closed) { /* else the next command would be lost */
		bytes_add_str(notation, " -> ");
		add_side(notation, slice_cut(sent, 0, l.at), &l, true);
		bytes_add_str(notation, " eof");
	}
	bytes_add_str(notation, " ; bin");
	struct slice payload = slice_cut(sent, l.at + l.size, sent.len);
	if (!guess_try(
		    book, slice_cut(bytes_slice(notation), before, notation->len), seen, payload)) {
		notation->len = before;
		return false;
	}
	bytes_addf(because,
		"the %zu byte%s at byte %zu are a length, in what was sent and what came", l.size,
		l.size > 1 ? "s" : "", l.at);
	guess_add_typed(seen, payload, because);
	return true;
}
