/* pieces.c - see pieces.h. */
#include "base/mem.h"
#include "base/text.h"
#include "viewed/captured.h"
#include "viewed/pieces_private.h"
#include <stdlib.h>
#include <unistd.h>

static void find_size(struct pieces *p)
{
	off_t size = lseek(source_descriptor(p->source), 0, SEEK_END);
	p->size = size > 0 ? (uint64_t)size : 0;
}

static bool begin(struct pieces *p, struct error *err)
{
	p->source = source_open(p->config.path, true, err);
	if (!p->source)
		return false;
	find_size(p);
	lseek(source_descriptor(p->source), 0, SEEK_SET);
	if (captured_is(source_descriptor(p->source)))
		return pieces_begin_capture(p, err);
	return pieces_is_macro(p) ? pieces_begin_macro(p, err) : pieces_begin_text(p, err);
}

struct pieces *pieces_open(const struct pieces_config *config, struct error *err)
{
	struct pieces *p = mem_new(sizeof *p);
	p->config = *config;
	if (begin(p, err)) {
		pieces_here(p, &p->beginning);
		return p;
	}
	pieces_close(p);
	return NULL;
}

bool pieces_changed(const struct pieces *p)
{
	return source_changed(p->source);
}

void pieces_close(struct pieces *p)
{
	if (!p)
		return;
	if (p->kind)
		p->kind->close(p);
	source_close(p->source);
	for (size_t i = 0; i < p->count; i++) {
		free(p->streams[i].device);
		free(p->streams[i].program);
	}
	free(p->streams);
	free(p->places);
	free(p);
}

struct pieces_stream *pieces_add(
	struct pieces *p, size_t number, struct slice device, const char *program, uint64_t hash)
{
	p->streams = mem_more(p->streams, p->count, &p->room, sizeof *p->streams);
	struct pieces_stream *s = &p->streams[p->count++];
	*s = (struct pieces_stream){.number = number,
		.device = mem_strn(device.at, device.len),
		.program = mem_str(program),
		.first = p->number + 1,
		.hash = hash};
	return s;
}

void pieces_give(
	struct pieces *p, const struct kept_piece *k, struct slice bytes, struct piece *piece)
{
	struct pieces_stream *s = &p->streams[k->stream];
	*piece = (struct piece){.kind = (enum said_kind)k->kind,
		.stream = k->stream,
		.side = k->side,
		.both = k->both,
		.apart = k->apart,
		.begins = k->begins,
		.number = ++p->number,
		.offset = k->offset,
		.missing = k->missing,
		.bytes = bytes,
		.time = {k->seconds, k->ns}};
	if (!s->first)
		s->first = piece->number;
}

void pieces_unread(struct pieces *p, const struct error *err, unsigned line)
{
	if (!p->unread++) {
		p->first = *err;
		p->first_line = line;
	}
}

bool pieces_add_unread(const struct pieces *p, struct bytes *out)
{
	return p->unread && bytes_addf(out, "%llu line%s cannot be read; the first is line %u: %s",
				    (unsigned long long)p->unread, plural(p->unread), p->first_line,
				    p->first.what);
}

enum pieces_state pieces_next(struct pieces *p, struct piece *piece)
{
	enum pieces_state state = p->kind->next(p, piece);
	p->timed |= state == PIECES_ONE && piece->time.tv_sec;
	return state;
}

bool pieces_is_timed(const struct pieces *p)
{
	return p->timed;
}

void pieces_here(const struct pieces *p, struct pieces_place *place)
{
	p->kind->here(p, place);
}

void pieces_go(struct pieces *p, const struct pieces_place *place)
{
	p->kind->go(p, place);
	p->number = place->number;
}

void pieces_rewind(struct pieces *p)
{
	pieces_go(p, &p->beginning);
}

size_t pieces_streams(const struct pieces *p)
{
	return p->count;
}

struct pieces_stream *pieces_stream(const struct pieces *p, size_t stream)
{
	return &p->streams[stream];
}

uint64_t pieces_read(const struct pieces *p)
{
	return p->kind->read(p);
}

uint64_t pieces_size(const struct pieces *p)
{
	return p->size;
}

const char *pieces_grow(struct pieces *p, bool *anew)
{
	*anew = false;
	if (p->kind == &pieces_macro)
		return "only a capture is followed, or a text such as a log";
	if (!source_grow(p->source))
		return "the file became shorter";
	if (p->kind == &pieces_capture) {
		find_size(p);
		return pieces_grow_capture(p, anew);
	}
	if (p->torn) { /* it is another line now */
		p->unread--;
		p->furthest = p->torn - 1;
		p->torn = 0;
	}
	find_size(p);
	return NULL;
}

bool pieces_left_out(const struct pieces *p, struct bytes *out)
{
	return p->kind->left_out(p, out);
}

const char *pieces_kind(const struct pieces *p)
{
	return p->name;
}
