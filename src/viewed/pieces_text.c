/* pieces_text.c - the texts of capture/told.h; see pieces.h. */
#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "viewed/pieces_private.h"
#include <stdlib.h>

/* Those without a piece that are read at a time. */
enum { LINES = 4096 };

/* ---- devices ---- */

static size_t *place_of(const struct pieces *p, struct slice who, uint64_t hash)
{
	size_t i = hash % p->places_room;
	while (p->places[i]) {
		const struct pieces_stream *s = &p->streams[p->places[i] - 1];
		if (s->hash == hash && slice_is(who, s->device))
			break;
		i = (i + 1) % p->places_room;
	}
	return &p->places[i];
}

/* Returns the index of a device; p->count: there are too many. */
static size_t stream_of(struct pieces *p, struct slice who)
{
	uint64_t hash = hash_bytes(HASH_BEGIN, who);
	size_t *place = place_of(p, who, hash);
	if (*place)
		return *place - 1;
	if (p->count == PIECES_DEVICES)
		return p->count;
	pieces_add(p, p->count + 1, who, "", hash);
	*place = p->count;
	return p->count - 1;
}

/* ---- lines ---- */

/* Makes a piece of what a line tells; false: it is none of those that are wanted. */
static bool take(struct pieces *p, const struct told *told, struct piece *piece)
{
	size_t stream = stream_of(p, told->who);
	p->over |= stream == p->count;
	if (stream == p->count || (p->config.stream && p->config.stream != stream + 1))
		return false;
	*piece = (struct piece){.kind = told->kind == TOLD_BYTES     ? SAID_BYTES
					: told->kind == TOLD_MISSING ? SAID_MISSING
								     : SAID_CLOSE,
		.stream = stream,
		.side = told->device ? PIECES_DEVICE : PIECES_PROGRAM,
		.both = told->kind == TOLD_CLOSED,
		.number = ++p->number,
		.missing = told->missing,
		.bytes = told->bytes,
		.time = told->time};
	return true;
}

/* Takes the next line; false: it tells nothing. */
static bool take_line(struct pieces *p, struct slice line, struct piece *piece)
{
	struct told told;
	struct error err;
	uint64_t at = source_here(p->source).offset;
	bool first = at >= p->furthest;
	p->furthest = first ? at + line.len + 1 : p->furthest;
	if (told_line(&p->told, line, &told, &err))
		return told.kind != TOLD_NOTHING && take(p, &told, piece);
	if (!first)
		return false;
	pieces_unread(p, &err, source_here(p->source).line);
	p->torn = p->furthest > p->size ? at + 1 : 0; /* its end may be written later */
	return false;
}

/* Goes on behind a line that is too long; false: the file cannot be read on. */
static bool skip_line(struct pieces *p, const struct error *err)
{
	struct source_place at = source_here(p->source);
	if (!source_skip(p->source))
		return false;
	if (at.offset >= p->furthest)
		pieces_unread(p, err, at.line);
	p->furthest = at.offset >= p->furthest ? at.offset + 1 : p->furthest;
	return true;
}

static enum pieces_state text_next(struct pieces *p, struct piece *piece)
{
	struct error err;
	struct slice line;
	struct told told;
	enum source_state state = SOURCE_LINE;
	for (int n = 0; n < LINES && !p->rest; n++) {
		state = source_next(p->source, &line, &err);
		if (state == SOURCE_FAILED && skip_line(p, &err))
			continue;
		p->rest = state != SOURCE_LINE;
		if (!p->rest && take_line(p, line, piece))
			return PIECES_ONE;
	}
	if (state == SOURCE_FAILED && !p->stuck) {
		p->stuck = true;
		pieces_unread(p, &err, source_here(p->source).line);
	}
	if (!p->rest)
		return PIECES_LATER;
	p->furthest = p->size;
	while (told_rest(&p->told, &told))
		if (take(p, &told, piece))
			return PIECES_ONE;
	return PIECES_END;
}

/* ---- places ---- */

static void text_here(const struct pieces *p, struct pieces_place *place)
{
	struct source_place next = source_ahead(p->source);
	*place = (struct pieces_place){
		.offset = next.offset, .number = p->number, .line = next.line, .told = p->told};
	place->told.bytes = (struct bytes){0};
}

static void text_go(struct pieces *p, const struct pieces_place *place)
{
	struct bytes bytes = p->told.bytes;
	p->told = place->told;
	p->told.bytes = bytes;
	p->rest = false;
	source_go(p->source, (struct source_place){place->offset, place->line});
}

static uint64_t text_read(const struct pieces *p)
{
	return p->furthest < p->size ? p->furthest : p->size;
}

static bool text_left_out(const struct pieces *p, struct bytes *out)
{
	bool any = pieces_add_unread(p, out);
	if (p->over)
		bytes_addf(out, "%sthe file has more than %d devices: the others are left out",
			any ? "; " : "", PIECES_DEVICES);
	return any || p->over;
}

static void text_close(struct pieces *p)
{
	told_end(&p->told);
}

const struct pieces_kind pieces_text = {
	text_next, text_here, text_go, text_read, text_left_out, text_close};

/* ---- the beginning ---- */

static bool unknown_kind(const struct pieces *p, struct slice line, struct error *err)
{
	told_unknown(source_name(p->source), line, err);
	return error_hint(err,
		"wilco view opens pcap, pcapng, %s, %s, %s, and macros (NAME.wilco); wilco dump "
		"shows any file",
		told_log.name, told_socat.name, told_hex.name);
}

/* Finds out what kind of text it is. */
static const struct told_kind *kind_of(struct pieces *p, struct error *err)
{
	struct slice line;
	const struct told_kind *kind;
	enum source_state state;
	while ((state = source_next(p->source, &line, err)) == SOURCE_LINE)
		if (!told_says_nothing(line)) {
			kind = told_kind_of(line);
			if (!kind)
				unknown_kind(p, line, err);
			return kind;
		}
	if (state == SOURCE_FAILED && line.len)
		unknown_kind(p, line, err);
	if (state == SOURCE_END)
		error_set(err, STATUS_USAGE, "%s says nothing",
			quote(slice_str(source_name(p->source))).text);
	return NULL;
}

bool pieces_begin_text(struct pieces *p, struct error *err)
{
	const struct told_kind *kind = kind_of(p, err);
	if (!kind)
		return false;
	p->kind = &pieces_text;
	p->name = kind->name;
	p->places_room = 2 * PIECES_DEVICES;
	p->places = mem_new(p->places_room * sizeof *p->places);
	told_begin(&p->told, kind);
	source_rewind(p->source);
	return true;
}
