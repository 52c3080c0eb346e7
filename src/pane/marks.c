/* marks.c - see marks.h. */
#include "pane/marks.h"

#include "base/mem.h"
#include <stdlib.h>

/* Returns where the payload is in the bytes on the wire, of which it often is a part. */
static const uint8_t *marks_place_of(struct slice payload, struct slice wire)
{
	if (!payload.len || wire.len < payload.len)
		return NULL;
	bool inside = payload.at >= wire.at && payload.at + payload.len <= wire.at + wire.len;
	return inside ? payload.at : memmem(wire.at, wire.len, payload.at, payload.len);
}

void marks_begin(struct marks *m, const struct find *f, struct slice shown, struct slice payload,
	struct slice wire)
{
	*m = (struct marks){.find = f && f->kind != FIND_NOTHING ? f : NULL, .in = shown};
	if (!m->find)
		return;
	struct slice in = f->kind == FIND_BYTES ? wire : payload;
	const uint8_t *place = marks_place_of(payload, wire);
	bool same = in.at == shown.at && in.len == shown.len;
	if (same || !place)
		return;
	size_t before = (size_t)(place - wire.at);
	m->in = in;
	m->shift = f->kind == FIND_BYTES ? before : 0 - before;
}

void marks_free(struct marks *m)
{
	free(m->found);
	m->found = NULL;
}

bool marks_at(struct marks *m, size_t i)
{
	size_t at = m->shift + i, piece = at / MARKS_PIECE;
	if (!m->find || at >= m->in.len)
		return false;
	if (!m->found || piece != m->piece) {
		free(m->found);
		m->found = mem_new(MARKS_PIECE);
		m->piece = piece;
		find_mark(m->find, m->in, false, piece * MARKS_PIECE, (piece + 1) * MARKS_PIECE,
			m->found);
	}
	return m->found[at % MARKS_PIECE];
}
