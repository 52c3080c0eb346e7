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

/* Begins a layer in which the wire is searched, or else the payload. */
static void layer_begin(struct marks_layer *l, bool on_wire, struct slice shown,
	struct slice payload, struct slice wire)
{
	*l = (struct marks_layer){.on = true, .in = shown};
	struct slice in = on_wire ? wire : payload;
	const uint8_t *place = marks_place_of(payload, wire);
	bool same = in.at == shown.at && in.len == shown.len;
	if (same || !place)
		return;
	size_t before = (size_t)(place - wire.at);
	l->in = in;
	l->shift = on_wire ? before : 0 - before;
}

void marks_begin(struct marks *m, const struct marking *marking, struct slice shown,
	struct slice payload, struct slice wire)
{
	const struct find *f = marking->find;
	*m = (struct marks){.marking = *marking};
	if (f && f->kind != FIND_NOTHING)
		layer_begin(&m->search, f->kind == FIND_BYTES, shown, payload, wire);
	if (marking->rules && marking->rules->count)
		layer_begin(&m->rules, false, shown, payload, wire);
}

void marks_free(struct marks *m)
{
	free(m->search.found);
	free(m->rules.found);
	m->search.found = m->rules.found = NULL;
}

/* ---- the styles of a piece ---- */

/* Gives the bytes [from, to) that are found a style. */
static void add_style(const struct find *f, enum style style, struct slice in, bool safe,
	size_t from, size_t to, uint8_t *styles)
{
	to = to < in.len ? to : in.len;
	if (from >= to)
		return;
	uint8_t *found = mem_new(to - from);
	find_mark(f, in, safe, from, to, found);
	for (size_t i = 0; i < to - from; i++)
		if (found[i])
			styles[i] = (uint8_t)style;
	free(found);
}

static void add_search(const struct marking *m, struct slice in, bool safe, size_t from, size_t to,
	uint8_t *styles)
{
	add_style(m->find, STYLE_FOUND, in, safe, from, to, styles);
	for (size_t i = from; m->here.len && i < to && i < in.len; i++)
		if (styles[i - from] == STYLE_FOUND && in.at + i >= m->here.at &&
			in.at + i < m->here.at + m->here.len)
			styles[i - from] = STYLE_HERE;
}

static void add_rules(const struct marking *m, struct slice in, bool safe, size_t from, size_t to,
	uint8_t *styles)
{
	for (size_t i = 0; i < m->rules->count; i++) {
		const struct highlight *h = &m->rules->at[i];
		add_style(&h->find, h->style, in, safe, from, to, styles);
	}
}

typedef void styles_add(const struct marking *m, struct slice in, bool safe, size_t from, size_t to,
	uint8_t *styles);

static uint8_t layer_at(struct marks_layer *l, const struct marking *m, size_t i, styles_add *add)
{
	size_t at = l->shift + i, piece = at / MARKS_PIECE;
	if (!l->on || at >= l->in.len)
		return 0;
	if (!l->found || piece != l->piece) {
		free(l->found);
		l->found = mem_new(MARKS_PIECE);
		l->piece = piece;
		add(m, l->in, false, piece * MARKS_PIECE, (piece + 1) * MARKS_PIECE, l->found);
	}
	return l->found[at % MARKS_PIECE];
}

uint8_t marks_at(struct marks *m, size_t i)
{
	uint8_t found = layer_at(&m->search, &m->marking, i, add_search);
	return found ? found : layer_at(&m->rules, &m->marking, i, add_rules);
}

void marks_of_text(const struct marking *m, struct slice text, uint8_t *styles)
{
	if (m->rules)
		add_rules(m, text, true, 0, text.len, styles);
	if (m->find)
		add_search(m, text, true, 0, text.len, styles);
}
