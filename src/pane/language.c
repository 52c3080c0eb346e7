/* language.c - writes exchanges as lines of the language; see language.h. */
#include "pane/language.h"
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

static void spell_command(const struct exchange *x, enum spelling how, struct bytes *line)
{
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
	bool paren = t.at[0] == '(', ends = t.at[t.len - 1] == ')';
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
};

/* A reply as a device would send it. */
static void encode_reply(const struct exchange *x, const struct reply *r,
	const struct frame_values *received, const struct field_value *with, struct bytes *wire)
{
	struct frame_values sent = *received;
	struct bytes scratch;
	struct error ignored;
	bytes_clear(wire);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	frame_encode(x->frame, SIDE_REPLY, r->payload, with, sent.at, 0, &scratch, wire, &ignored);
	bytes_free(&scratch);
}

/* Finds the fields without which a device that knows the frame would send something else; false:
 * there are none. */
static bool fields_needed(
	const struct exchange *x, const struct reply *r, struct frame_values *with)
{
	struct frame_values received = {0};
	struct bytes before, wire;
	bool any = false;
	bytes_init(&before, LIMIT_WIRE);
	bytes_init(&wire, LIMIT_WIRE);
	*with = (struct frame_values){0};
	exchange_sent_fields(x, &received);
	encode_reply(x, r, &received, NULL, &before);
	for (size_t i = 0; i < frame_field_count(x->frame); i++) {
		if (slice_equal(bytes_slice(&before), r->raw))
			break;
		with->at[i] = r->fields[i];
		encode_reply(x, r, &received, with->at, &wire);
		if (slice_equal(bytes_slice(&before), bytes_slice(&wire))) {
			with->at[i].set = false;
			continue;
		}
		any = true;
		bytes_clear(&before);
		bytes_add(&before, bytes_slice(&wire));
	}
	any = any && slice_equal(bytes_slice(&before), r->raw);
	bytes_free(&before);
	bytes_free(&wire);
	return any;
}

static struct answer answer_of(const struct exchange *x, const struct reply *r)
{
	if (r->kind == SPLIT_STRAY)
		return (struct answer){"(stray) ", r->raw, NULL};
	if (r->kind != SPLIT_FRAME)
		return (struct answer){"(damaged) ", r->raw, NULL};
	return (struct answer){
		x->status == EXCHANGE_LATE ? "(late) "
		: x->status == EXCHANGE_UNSOLICITED || (x->passed && r->mark == MARK_ASYNC)
			? "(unsolicited) "
			: "",
		view_bytes(r), NULL};
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

/* Adds a line; false: it was left out.  A command that was not sent is a comment. */
static bool add_line(const struct exchange *x, const struct answer *a, struct bytes *out)
{
	struct bytes line;
	bytes_init(&line, LIMIT_LINE);
	bool good = language_spell(x, a, SPELL_TYPED, &line) ||
		    language_spell(x, a, SPELL_HEX, &line) ||
		    language_spell(x, a, SPELL_BRIEF, &line);
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
	struct exchange *command = exchange_of_frame(x->frame, &event, false);
	bool good = add_line(command, NULL, out);
	exchange_free(command);
	return good;
}

bool language_command(const struct exchange *x, struct bytes *out)
{
	return x->passed ? add_passed(x, out) : add_line(x, NULL, out);
}

bool language_reply(const struct exchange *x, const struct reply *r, struct bytes *out)
{
	struct answer a = answer_of(x, r);
	struct frame_values with;
	if (x->command && r->kind == SPLIT_FRAME && r->fields && !r->hidden && !x->hidden &&
		fields_needed(x, r, &with))
		a.with = with.at;
	return add_line(x, &a, out);
}

bool language_stray(const struct exchange *x, struct bytes *out)
{
	const struct answer stray = {"(stray) ", x->stray, NULL};
	return add_line(x, &stray, out);
}
