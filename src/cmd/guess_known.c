/* guess_known.c - finds the frame of the book that the bytes prove.
 *
 * That bytes can be read as a frame proves little: any line is one.  What proves it are lengths and
 * checks that are right, on both sides where both are there, and a greeting that its devices have.
 */
#include "cmd/guess_private.h"

enum {
	ENOUGH = 4,    /* of proof for a frame without a check of two bytes */
	CHECK_SURE = 2 /* bytes of a check that prove it alone */
};

struct proof {
	size_t weight; /* bytes that could be other ones; a length also says where the bytes end */
	size_t check;  /* those of the longest check of a frame that came */
	bool measured; /* what came has a length or a check, */
	bool stuffed;  /* or a transform */
	size_t frames; /* that were weighed, */
	size_t marked; /* and those that end in a mark that no text has */
};

/* Says whether the part is bytes that the notation names. */
static bool is_mark(enum part_kind kind)
{
	return kind == PART_LITERAL || kind == PART_END || kind == PART_FILLER;
}

static void weigh(const struct frame *frame, enum frame_side side, struct slice raw,
	const struct field_value *sent, struct proof *proof)
{
	struct frame_part parts[FRAME_PARTS_MAX];
	struct bytes scratch;
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	proof->frames++;
	size_t n = frame_parts(frame, side, raw, sent, &scratch, parts);
	proof->marked += raw.len && raw.at[raw.len - 1] >= 0x80;
	for (size_t i = 0; i < n; i++) {
		size_t size = parts[i].bytes.len;
		bool check = parts[i].kind == PART_CHECK, length = parts[i].kind == PART_LENGTH;
		if (check || length || is_mark(parts[i].kind))
			proof->weight += length ? 2 * size : size;
		proof->stuffed = proof->stuffed || parts[i].kind == PART_TRANSFORM;
		if (side == SIDE_REPLY && (check || length))
			proof->measured = true;
		if (side == SIDE_REPLY && check && size > proof->check)
			proof->check = size;
	}
	bytes_free(&scratch);
}

/* What is read of a command. */
struct read_command {
	struct bytes payload;
	struct frame_values values;
};

/* Reads what was sent as the one command that it is in this frame. */
static bool read_command(const struct frame *frame, const struct guess_seen *seen,
	struct read_command *c, struct proof *proof)
{
	struct bytes sent, pending, scratch;
	struct split_event e;
	size_t frames = 0, others = 0;
	bytes_init(&sent, LIMIT_WIRE);
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	guess_add_sent(seen, &sent);
	struct split *split =
		split_new(frame, SIDE_COMMAND, NULL, c->values.at, LIMIT_FRAME, &pending, &scratch);
	split_feed(split, bytes_slice(&sent));
	for (int ended = 0; ended < 3; ended++) {
		while (split_next(split, &e)) {
			others += e.kind != SPLIT_FRAME && e.kind != SPLIT_ACK;
			if (e.kind != SPLIT_FRAME || frames++)
				continue;
			bytes_add(&c->payload, e.payload);
			weigh(frame, SIDE_COMMAND, e.raw, NULL, proof);
		}
		if (ended == 0)
			split_gap(split);
		else if (ended == 1 && seen->half_close)
			split_close(split);
	}
	bool good = frames == 1 && !others && !split_pending(split);
	split_free(split);
	bytes_free(&sent);
	bytes_free(&pending);
	bytes_free(&scratch);
	return good;
}

static void weigh_replies(const struct frame *frame, const struct guess_seen *seen,
	const struct field_value *sent, struct proof *proof)
{
	struct bytes pending, scratch;
	struct frame_values values;
	struct split_event e;
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	struct split *split =
		split_new(frame, SIDE_REPLY, sent, values.at, LIMIT_FRAME, &pending, &scratch);
	split_feed(split, seen->reply);
	for (int ended = 0; ended < 2; ended++) {
		while (split_next(split, &e))
			if (e.kind == SPLIT_FRAME)
				weigh(frame, SIDE_REPLY, e.raw, sent, proof);
		split_gap(split);
	}
	split_free(split);
	bytes_free(&pending);
	bytes_free(&scratch);
}

/* Says whether the device greeted as those of this frame do. */
static bool is_greeted(const struct frame *frame, struct slice said)
{
	struct bytes last;
	if (!said.len || !frame_greets(frame))
		return false;
	bytes_init(&last, LIMIT_FRAME_MOST);
	struct split_event e = {.kind = SPLIT_FRAME};
	bool good = guess_reads(frame, said, &last);
	e.payload = bytes_slice(&last);
	good = good && frame_is_greeting(frame, &e);
	bytes_free(&last);
	return good;
}

/* Says whether what stands around the bytes are marks that no text has, as around stuffed ones. */
static bool is_enclosed(const struct guess_seen *seen)
{
	struct slice r = seen->reply;
	return r.len > 3 && r.at[0] >= 0x80 && r.at[r.len - 1] >= 0x80;
}

/* Returns how much proves the frame; 0: nothing does. */
static size_t proof_of(
	const struct frame *frame, const struct guess_seen *seen, struct read_command *c)
{
	struct proof proof = {0};
	bool greeted = is_greeted(frame, seen->said);
	if (seen->asked && !read_command(frame, seen, c, &proof))
		return 0;
	if (!guess_holds(frame, seen, bytes_slice(&c->payload), c->values.at))
		return 0;
	weigh_replies(frame, seen, seen->asked ? c->values.at : NULL, &proof);
	bool measured = proof.measured && (proof.check >= CHECK_SURE || proof.weight >= ENOUGH);
	bool enclosed = !seen->asked && proof.stuffed && is_enclosed(seen) &&
			proof.weight >= proof.frames && proof.marked == proof.frames;
	return measured || enclosed ? proof.weight : greeted ? ENOUGH : 0;
}

/* What was found so far. */
struct best {
	size_t proof;
	struct bytes notation, payload;
};

static void weigh_frame(const struct frame *frame, const char *text, const struct guess_seen *seen,
	struct best *best)
{
	struct read_command c = {0};
	bytes_init(&c.payload, LIMIT_WIRE);
	size_t proof = proof_of(frame, seen, &c);
	if (proof > best->proof) {
		best->proof = proof;
		bytes_clear(&best->notation);
		bytes_add_str(&best->notation, text);
		bytes_clear(&best->payload);
		bytes_add(&best->payload, bytes_slice(&c.payload));
	}
	bytes_free(&c.payload);
}

/* Adds a notation with the texts in it spelled as guesses are.  False: one has an escape. */
static bool respell(const char *notation, struct bytes *out)
{
	for (const char *at = notation, *end; *at; at = end) {
		if (*at != '\'') {
			end = at + strcspn(at, "'");
			bytes_addf(out, "%.*s", (int)(end - at), at);
			continue;
		}
		end = strchr(++at, '\'');
		if (!end || memchr(at, '\\', (size_t)(end - at)))
			return false;
		guess_add_literals(out, slice_of(at, (size_t)(end - at)));
		end++;
	}
	return true;
}

/* Weighs the frame with the end that was sent, where its commands are text with another line end:
 * devices that want one often take others. */
static void weigh_other_end(const struct frame_book *book, const struct frame *frame,
	const struct guess_seen *seen, struct best *best)
{
	static const char sides[][20] = {"payload CR LF -> ", "payload LF -> ", "payload CR -> "};
	struct error err;
	struct bytes other;
	const char *text = frame_notation(frame);
	for (size_t i = 0; seen->asked && seen->end.len && i < sizeof sides / sizeof sides[0];
		i++) {
		if (!slice_starts(slice_str(text), slice_str(sides[i])))
			continue;
		bytes_init(&other, LIMIT_NOTATION);
		bytes_add_str(&other, "payload ");
		guess_add_literals(&other, seen->end);
		bytes_add_str(&other, " -> ");
		bool good = respell(text + strlen(sides[i]), &other);
		struct frame *f = good ? frame_compile(book, bytes_slice(&other), &err) : NULL;
		if (f)
			weigh_frame(f, bytes_str(&other), seen, best);
		frame_unref(f);
		bytes_free(&other);
	}
}

bool guess_known(const struct frame_book *book, const struct guess_seen *seen,
	struct bytes *notation, struct bytes *because)
{
	struct error err;
	const char *name, *group;
	struct best best = {0};
	bytes_init(&best.notation, LIMIT_NOTATION);
	bytes_init(&best.payload, LIMIT_WIRE);
	for (size_t i = 0; (name = frame_book_name(book, i, &group, NULL)); i++) {
		struct frame *frame = frame_find(book, slice_str(name), &err);
		if (!frame)
			continue;
		weigh_frame(frame, name, seen, &best);
		weigh_other_end(book, frame, seen, &best);
		frame_unref(frame);
	}
	if (best.proof) {
		bytes_add(notation, bytes_slice(&best.notation));
		bytes_addf(because, "what %s fits it, with its lengths, checks or greeting",
			seen->asked ? "was sent and what came" : "came");
		guess_add_typed(seen, bytes_slice(&best.payload), because);
	}
	bytes_free(&best.notation);
	bytes_free(&best.payload);
	return best.proof;
}
