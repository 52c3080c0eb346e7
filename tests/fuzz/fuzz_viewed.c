/* Any file as a macro that is viewed: its pieces are the same whenever they are read, from the
 * beginning and from a place between two of them, and parts of any size have the same entries. */
#include "fuzz/fuzz.h"
#include "fuzz/home.h"

#include "cmd/cmd.h"
#include "viewed/part.h"
#include <wilco/limits.h>

static uint64_t mix(uint64_t hash, const void *at, size_t len)
{
	const uint8_t *byte = at;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ byte[i]) * 0x100000001b3;
	return hash;
}

/* Reads to the end; *half is the place in front of the piece in the middle, if `count` is known. */
static uint64_t pieces_hash(
	struct pieces *p, uint64_t *count, uint64_t middle, struct pieces_place *half)
{
	struct piece piece;
	enum pieces_state state;
	uint64_t hash = 0, n = 0;
	for (;; n += state == PIECES_ONE) {
		if (half && n == middle)
			pieces_here(p, half);
		while ((state = pieces_next(p, &piece)) == PIECES_LATER)
			;
		if (state == PIECES_END)
			break;
		MUST(piece.stream < pieces_streams(p));
		MUST(piece.kind == SAID_BYTES || !piece.bytes.len);
		if (n < middle)
			continue;
		hash = mix(hash, &piece.number, sizeof piece.number);
		hash = mix(hash, &piece.side, sizeof piece.side);
		hash = mix(hash, piece.bytes.at, piece.bytes.len);
	}
	*count = n;
	return hash;
}

/* Returns the number of entries, and what they say. */
static uint64_t entries_hash(struct pieces *p, struct frame *frame, size_t pieces, uint64_t *total)
{
	const struct part_size size = {pieces, LIMIT_FRAME};
	struct part *part = part_new(p, frame, true, &size);
	const struct mark *next = NULL;
	struct mark mark = {0};
	uint64_t hash = 0;
	*total = 0;
	for (bool first = true, last = false; !last; first = false) {
		size_t count;
		part_begin(part, first ? NULL : &mark);
		while (part_step(part))
			;
		struct part_entry *entries = part_entries(part, &count);
		*total += count;
		for (size_t i = 0; i < count; i++) {
			const struct exchange *x = entries[i].what.x;
			hash = mix(hash, x->sent.at, x->sent.len);
			for (const struct reply *r = x->replies; r; r = r->next)
				hash = mix(hash, r->raw.at, r->raw.len);
		}
		mark_free(&mark);
		last = part_is_last(part, &next);
		if (!last)
			mark_copy(&mark, next);
	}
	part_free(part);
	return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[4096];
	const struct pieces_config config = {.path = path, .book = fuzz_book(), .verbs = verbs};
	struct pieces_place half;
	struct error err;
	uint64_t count, again, total, others;
	if (size > 20000)
		return 0;
	snprintf(path, sizeof path, "%s/viewed.wilco", fuzz_home());
	home_put("viewed.wilco", slice_of(data, size));
	struct pieces *p = pieces_open(&config, &err);
	if (!p) {
		MUST(err.what[0] && err.status == STATUS_USAGE);
		return 0;
	}
	uint64_t all = pieces_hash(p, &count, 0, NULL);
	MUST(count);
	pieces_rewind(p);
	MUST(pieces_hash(p, &again, 0, NULL) == all && again == count);
	pieces_rewind(p);
	uint64_t rest = pieces_hash(p, &again, count / 2, &half);
	pieces_go(p, &half);
	MUST(pieces_hash(p, &again, 0, NULL) == rest && again == count - count / 2);
	struct frame *frame = frame_find(fuzz_book(), SLICE("raw"), &err);
	pieces_rewind(p);
	uint64_t whole = entries_hash(p, frame, 1000000, &total);
	pieces_rewind(p);
	MUST(entries_hash(p, frame, 3, &others) == whole && others == total);
	frame_unref(frame);
	pieces_close(p);
	return 0;
}
