/* language.c - writes exchanges as lines of the language; see language.h. */
#include "pane/language.h"
#include "base/escape.h"
#include "base/text.h"
#include "pane/pane.h"
#include "pane/spelled.h"

void language_value(const struct field_value *v, struct bytes *out)
{
	struct bytes text;
	bytes_init(&text, LIMIT_LINE);
	frame_field_text(v, &text);
	for (size_t i = 0; i < text.len; i++)
		if (strchr(" ()", text.at[i]))
			bytes_addf(out, "\\x%02x", text.at[i]);
		else
			bytes_add_byte(out, text.at[i]);
	bytes_free(&text);
}

/* Adds the fields that are set, a word each. */
static void add_fields(
	const struct frame *frame, const struct field_value *values, struct bytes *out)
{
	for (size_t i = 0; i < frame_field_count(frame); i++) {
		if (!values[i].set)
			continue;
		bytes_addf(out, " %s=", frame_field_name(frame, i));
		language_value(&values[i], out);
	}
}

/* Adds a payload in canonical spelling; what would be read as something else is escaped. */
static void add_typed(struct slice payload, struct bytes *line)
{
	struct bytes text;
	bytes_init(&text, LIMIT_LINE);
	text_add(&text, payload, TEXT_EDGES);
	struct slice t = bytes_slice(&text);
	if (!t.len)
		bytes_add_str(line, ".text");
	else if (t.at[0] == '.')
		bytes_add_str(line, ".");
	else if (t.at[0] == '#') {
		bytes_add_str(line, "\\x23");
		t = slice_cut(t, 1, t.len);
	}
	bytes_add(line, t);
	line->over = line->over || text.over;
	bytes_free(&text);
}

/* How bytes are spelled: as they are typed; where that is too long, as hex; else without blanks. */
enum spelling { SPELL_TYPED, SPELL_HEX, SPELL_BRIEF };

static void spell_file(const struct exchange_file *f, struct bytes *line)
{
	bytes_add_str(line, ".sendfile ");
	escape_add_word(line, slice_str(f->name), 0);
	if (f->rate)
		bytes_addf(line, " %llu", (unsigned long long)f->rate);
}

static void spell_command(const struct exchange *x, enum spelling how, struct bytes *line)
{
	if (x->file) {
		spell_file(x->file, line);
		return;
	}
	if (x->now)
		bytes_add_str(line, ".now ");
	else if (x->tell && !frame_answers_none(x->frame, x->payload, NULL))
		bytes_add_str(line, ".tell ");
	if (x->with) { /* the fields that were given for this command alone */
		bytes_add_str(line, ".with");
		add_fields(x->frame, x->with, line);
		bytes_add_str(line, " -- ");
	}
	if (x->wire || how != SPELL_TYPED || frame_spelling(x->frame)) {
		bytes_add_str(line, x->wire ? ".wire" : ".hex");
		bytes_add_str(line, x->payload.len ? " " : "");
		text_add_hex(line, x->payload, how != SPELL_BRIEF);
	} else {
		add_typed(x->payload, line);
	}
}

/* Adds a reply; as text it is not taken for a mark. */
static void add_expected(struct slice payload, struct bytes *line)
{
	struct bytes text;
	bytes_init(&text, LIMIT_LINE);
	text_add(&text, payload, TEXT_EDGES);
	struct slice t = bytes_slice(&text);
	bool paren = slice_starts(t, SLICE("(")); /* of what is too long there may be nothing */
	bool ends = t.len && t.at[t.len - 1] == ')';
	bytes_add_str(line, paren ? "\\x28" : "");
	bytes_add(line, slice_cut(t, paren, t.len - (ends && t.len > paren)));
	bytes_add_str(line, ends && t.len > paren ? "\\x29" : "");
	line->over = line->over || text.over;
	bytes_free(&text);
}

/* What answers a command, or came instead: a frame, or bytes on the wire behind their mark. */
struct answer {
	const char *mark; /* with a blank behind it; "": none */
	struct slice bytes;
	const struct field_value *with; /* NULL: none need to be said */
	bool wire;                      /* the bytes are those of the whole frame on the wire */
};

/* A reply as a device would send it. */
static void encode_reply(const struct frame *frame, const struct reply *r,
	const struct frame_values *received, const struct field_value *with, struct bytes *wire)
{
	struct frame_values sent = *received;
	struct bytes scratch;
	struct error ignored;
	bytes_clear(wire);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	frame_encode(frame, SIDE_REPLY, r->payload, with, sent.at, 0, &scratch, wire, &ignored);
	bytes_free(&scratch);
}

/* Says whether these are the bytes of the reply.  Only what is exact has kept the fillers that came
 * before it (session/pairing.c). */
static bool same_wire(
	const struct frame *frame, const struct reply *r, bool exact, const struct bytes *wire)
{
	struct slice bytes = bytes_slice(wire);
	return slice_equal(exact ? bytes : frame_without_fillers(frame, SIDE_REPLY, bytes), r->raw);
}

/* What has to be said of a reply, so that a device that knows the frame sends the same. */
enum needs { NEEDS_NOTHING, NEEDS_FIELDS, NEEDS_WIRE };

/* Finds that out, and the fields. */
static enum needs needs_of(const struct exchange *x, const struct reply *r,
	const struct frame *said, struct frame_values *with)
{
	const struct frame *frame = said ? said : x->frame;
	struct frame_values received = {0};
	struct bytes before, wire;
	bool any = false;
	bytes_init(&before, LIMIT_WIRE);
	bytes_init(&wire, LIMIT_WIRE);
	*with = (struct frame_values){0};
	if (x->command)
		exchange_sent_fields(x, &received);
	encode_reply(frame, r, &received, NULL, &before);
	for (size_t i = 0; r->fields && i < frame_field_count(x->frame); i++) {
		if (same_wire(frame, r, said, &before))
			break;
		with->at[i] = r->fields[i];
		encode_reply(frame, r, &received, with->at, &wire);
		if (slice_equal(bytes_slice(&before), bytes_slice(&wire))) {
			with->at[i].set = false;
			continue;
		}
		any = true;
		bytes_clear(&before);
		bytes_add(&before, bytes_slice(&wire));
	}
	bool good = same_wire(frame, r, said, &before);
	bytes_free(&before);
	bytes_free(&wire);
	return !good ? NEEDS_WIRE : any ? NEEDS_FIELDS : NEEDS_NOTHING;
}

/* Says whether bytes on the wire can be sent instead of the payload: a counter in them would be an
 * old one, and the end of the line is no byte. */
static bool may_be_wire(const struct exchange *x, const struct reply *r)
{
	return r->raw.len && r->ended_by != END_CLOSE && !frame_matches_replies(x->frame);
}

static struct answer answer_of(const struct exchange *x, const struct reply *r)
{
	if (r->kind == SPLIT_STRAY)
		return (struct answer){.mark = "(stray) ", .bytes = r->raw};
	if (r->kind != SPLIT_FRAME)
		return (struct answer){.mark = "(damaged) ", .bytes = r->raw};
	bool unasked = x->status == EXCHANGE_UNSOLICITED || (x->passed && r->mark == MARK_ASYNC);
	const char *mark = x->status == EXCHANGE_LATE ? "(late) " : unasked ? "(unsolicited) " : "";
	return (struct answer){.mark = mark, .bytes = view_bytes(r)};
}

static void spell_answer(
	const struct exchange *x, const struct answer *a, enum spelling how, struct bytes *line)
{
	bytes_add_str(line, "  ");
	if (a->with) {
		bytes_add_str(line, "(with");
		add_fields(x->frame, a->with, line);
		bytes_add_str(line, ") ");
	}
	bytes_add_str(line, a->mark);
	bytes_add_str(line, a->wire ? "(wire) " : "");
	if (a->bytes.len && (how != SPELL_TYPED || frame_spelling(x->frame))) {
		bytes_add_str(line, "\\<");
		text_add_hex(line, a->bytes, how != SPELL_BRIEF);
		bytes_add_str(line, ">");
	} else if (!a->bytes.len) {
		bytes_add_str(line, SPELLED_EMPTY);
	} else {
		add_expected(a->bytes, line);
	}
}

/* Spells the command (a NULL) or an answer; false: the line is longer than can be read. */
static bool language_spell(
	const struct exchange *x, const struct answer *a, enum spelling how, struct bytes *line)
{
	bytes_clear(line);
	line->over = false;
	if (a)
		spell_answer(x, a, how, line);
	else
		spell_command(x, how, line);
	return !line->over;
}

bool language_was_sent(const struct exchange *x)
{
	return x->status != EXCHANGE_REFUSED && x->status != EXCHANGE_CONNECT &&
	       (x->status != EXCHANGE_CANCELLED || x->sent_at);
}

/* Spells it as it is best read; false: it does not fit into a line. */
static bool spell_line(const struct exchange *x, const struct answer *a, struct bytes *line)
{
	return language_spell(x, a, SPELL_TYPED, line) || language_spell(x, a, SPELL_HEX, line) ||
	       language_spell(x, a, SPELL_BRIEF, line);
}

/* Adds a line; false: it was left out.  A command that was not sent is a comment. */
static bool add_line(const struct exchange *x, const struct answer *a, struct bytes *out)
{
	struct bytes line;
	bytes_init(&line, LIMIT_LINE);
	bool good = spell_line(x, a, &line);
	if (good && !a && !language_was_sent(x))
		bytes_addf(out, "# not sent (%s): ", exchange_status_name(x->status));
	if (good)
		bytes_add(out, bytes_slice(&line));
	else
		bytes_addf(out, "# a %s of %zu bytes is longer than a line may be",
			!a         ? "command"
			: *a->mark ? "frame"
				   : "reply",
			a ? a->bytes.len : x->payload.len);
	bytes_add_str(out, "\n");
	bytes_free(&line);
	return good;
}

/* Writes the command that a frame of a program is. */
static bool add_passed(const struct exchange *x, struct bytes *out)
{
	const struct reply *r = x->replies;
	const struct split_event event = {.kind = r ? r->kind : SPLIT_STRAY,
		.has_payload = r && r->has_payload,
		.payload = r ? r->payload : SLICE(""),
		.raw = r ? r->raw : x->stray,
		.values = r ? r->fields : NULL};
	struct exchange *command =
		exchange_of_frame(x->frame, x->command ? SIDE_COMMAND : SIDE_REPLY, &event, false);
	bool good = add_line(command, NULL, out);
	exchange_free(command);
	return good;
}

bool language_command(const struct exchange *x, struct bytes *out)
{
	return x->passed ? add_passed(x, out) : add_line(x, NULL, out);
}

/* A frame that is too long for a line is written in lines of so many bytes: in hex they fit. */
enum { LINE_PIECE = 16 * 1024 };

static bool add_lines(const struct exchange *x, const struct answer *a, struct bytes *out)
{
	bool good = true;
	for (size_t at = 0; at < a->bytes.len; at += LINE_PIECE) {
		struct slice bytes = slice_cut(a->bytes, at, at + LINE_PIECE);
		struct answer first = *a, next = {.mark = "(and) "}, *piece = at ? &next : &first;
		piece->bytes = bytes;
		good = add_line(x, piece, out) && good;
	}
	return good;
}

/* Adds an answer; a name of a secret in it is not cut. */
static bool add_answer(
	const struct exchange *x, const struct answer *a, bool whole, struct bytes *out)
{
	struct bytes line;
	bytes_init(&line, LIMIT_LINE);
	bool lines = a->bytes.len > LINE_PIECE && !whole && !spell_line(x, a, &line);
	bytes_free(&line);
	return lines ? add_lines(x, a, out) : add_line(x, a, out);
}

bool language_reply(const struct exchange *x, const struct reply *r, const struct frame *said,
	struct bytes *out)
{
	struct answer a = answer_of(x, r);
	struct frame_values with;
	bool hidden = r->hidden || x->hidden;
	bool asks = r->kind == SPLIT_FRAME && !hidden && (said || (x->command && r->fields));
	enum needs needs = asks ? needs_of(x, r, said, &with) : NEEDS_NOTHING;
	if (needs == NEEDS_FIELDS)
		a.with = with.at;
	a.wire = needs == NEEDS_WIRE && said && may_be_wire(x, r);
	if (a.wire)
		a.bytes = r->raw;
	return add_answer(x, &a, hidden, out);
}

bool language_stray(const struct exchange *x, struct bytes *out)
{
	const struct answer stray = {.mark = "(stray) ", .bytes = x->stray};
	return add_answer(x, &stray, x->hidden, out);
}
