/* explain.c - explains a frame in plain words: its layout with an example byte by byte, what ends
 * it, when a reply is complete, and what is fragile about it. */
#include "frame/catalog.h"
#include "frame/frame_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <stdlib.h>

/* Adds "CR LF", "2c 3b", or for readable text 'abc'. */
static void add_bytes(struct bytes *out, struct slice bytes)
{
	bool text = bytes.len > 0;
	for (size_t i = 0; i < bytes.len; i++)
		text &= bytes.at[i] > 0x20 && bytes.at[i] < 0x7F;
	if (text) {
		bytes_addf(out, "'%s'", quote(bytes).text);
		return;
	}
	say_bytes(out, bytes);
}

static void add_gap(struct bytes *out, struct frame_gap gap)
{
	char text[DURATION_TEXT_MAX];
	if (gap.characters)
		bytes_addf(out, "%g character times", gap.amount);
	else
		bytes_add_str(out, duration_text(gap.ns, text));
}

/* ---- one item ---- */

static const char *item_name(const struct item *item)
{
	if (item->name)
		return item->name;
	switch (item->kind) {
	case ITEM_PAYLOAD:
		return "payload";
	case ITEM_LEN:
		return "len";
	case ITEM_CHECK:
		return item->check->name;
	case ITEM_XFORM:
		return item->xform->name;
	default:
		return "";
	}
}

/* Adds what a range begins or ends with. */
static void add_edge(struct bytes *out, const struct item *item, const char *otherwise)
{
	if (item->kind == ITEM_BYTES && !item->name)
		add_bytes(out, item->bytes);
	else
		bytes_add_str(out, *item_name(item) ? item_name(item) : otherwise);
}

static void add_covers(struct bytes *out, const struct variant *v, const struct item *item)
{
	const struct covers *c = item->covers;
	for (size_t i = 0; i < c->count; i++) {
		const struct span *s = &c->at[i];
		bytes_add_str(out, i ? " and " : "");
		if (s->kind == SPAN_BYTES)
			add_bytes(out, s->bytes);
		else if (s->kind == SPAN_FIELD)
			bytes_add_str(out, "a number that is not sent");
		else if (s->first == s->last)
			add_edge(out, &v->items[s->first], "the item beside it");
		else if (c->bare)
			bytes_add_str(out, item->kind == ITEM_LEN ? "all bytes after it"
								  : "all bytes before it");
		else if (c->all)
			bytes_add_str(out, "the whole frame");
		else {
			add_edge(out, &v->items[s->first], "the start");
			bytes_add_str(out, " to ");
			add_edge(out, &v->items[s->last], "the end");
		}
	}
	for (size_t i = 0; i < c->op_count; i++)
		bytes_addf(out, " %c %llu", c->ops[i].sign, (unsigned long long)c->ops[i].number);
}

static void add_type(struct bytes *out, const struct item *item)
{
	char name[16];
	if (item->bits) {
		bytes_addf(out, " (%u bit%s)", item->bits, plural(item->bits));
		return;
	}
	bytes_addf(out, " (%s)", inttype_name(item->type, name));
}

static void add_field(struct bytes *out, const struct item *item)
{
	if (item->kind == ITEM_REF) {
		bytes_add_str(out, "repeats the field that was sent");
		return;
	}
	bytes_add_str(out, "field");
	add_type(out, item);
	bytes_add_str(out, ", ");
	value_show(&item->standard, out);
	bytes_add_str(out, " unless set");
	if (item->counts)
		bytes_add_str(out, ", counts up");
	if (item->modulo)
		bytes_addf(out, " modulo %llu", (unsigned long long)item->modulo);
	if (item->offset)
		bytes_addf(out, ", sent as %llu more", (unsigned long long)item->offset);
}

static void add_payload(struct bytes *out, const struct item *item)
{
	bytes_add_str(out, "what is typed and shown");
	if (item->least == item->most)
		bytes_addf(out, ", %zu byte%s", item->least, plural(item->least));
	else if (item->most != SIZE_MAX)
		bytes_addf(out, ", %zu to %zu bytes", item->least, item->most);
	else if (item->least)
		bytes_addf(out, ", at least %zu bytes", item->least);
}

static void add_ends(struct bytes *out, const struct item *item)
{
	for (size_t i = 0; i < item->ends->count; i++) {
		bytes_add_str(out, i ? " or " : "");
		add_bytes(out, item->ends->at[i]);
	}
	if (item->ends->eof)
		bytes_addf(out, "%sthe close of the line", item->ends->count ? " or " : "");
	if (item->ends->gap) {
		bytes_addf(
			out, "%ssilence of ", item->ends->count || item->ends->eof ? " or " : "");
		add_gap(out, item->gap);
	}
}

static void add_filler(struct bytes *out, const struct item *item)
{
	bytes_addf(out, "%s of ",
		item->quantifier == '*'   ? "any number"
		: item->quantifier == '+' ? "one or more"
					  : "none or one");
	add_bytes(out, item->bytes);
}

/* Adds what a length or a check is about. */
static void add_calc(
	struct bytes *out, const struct variant *v, const struct item *item, const char *what)
{
	bytes_addf(out, "%s ", what);
	add_covers(out, v, item);
	add_type(out, item);
}

static void add_words(struct bytes *out, const struct variant *v, const struct item *item)
{
	switch (item->kind) {
	case ITEM_BYTES:
		add_bytes(out, item->bytes);
		break;
	case ITEM_FILL:
		add_filler(out, item);
		break;
	case ITEM_PAYLOAD:
		add_payload(out, item);
		break;
	case ITEM_FIELD:
	case ITEM_REF:
		add_field(out, item);
		break;
	case ITEM_LEN:
		add_calc(out, v, item, "size of");
		break;
	case ITEM_CHECK:
		bytes_addf(out, "%s ", item->check->name);
		add_calc(out, v, item, "over");
		break;
	case ITEM_XFORM:
		bytes_addf(out, "written as %s:", item->xform->name);
		break;
	case ITEM_END:
		add_ends(out, item);
		break;
	case ITEM_EOF:
		bytes_add_str(out, "then half-closes the connection");
		break;
	case ITEM_GAP:
		bytes_add_str(out, "silence of ");
		add_gap(out, item->gap);
		break;
	case ITEM_BITS:
		bytes_addf(out, "%u byte%s, by their bits%s:", item->type.size,
			plural(item->type.size), item->type.little ? ", low byte first" : "");
		break;
	case ITEM_ALIGN:
		bytes_addf(out, "00 bytes up to a multiple of %zu", item->multiple);
		break;
	}
	if (item->group)
		bytes_add_str(out, "  [optional]");
}

static void add_level(struct bytes *out, const struct variant *v, size_t level, int indent)
{
	const struct level *l = &v->levels[level];
	for (size_t i = l->first; i < (size_t)l->first + l->count; i++) {
		const struct item *item = &v->items[i];
		bytes_addf(out, "%*s%-*s ", indent, "", 16 - (indent - 4), item_name(item));
		add_words(out, v, item);
		bytes_add_byte(out, '\n');
		if (item->kind == ITEM_XFORM)
			add_level(out, v, item->inner, indent + 2);
	}
}

/* ---- an example ---- */

static void add_part(struct bytes *out, const struct frame_part *p)
{
	static const char kinds[][12] = {[PART_LITERAL] = "literal",
		[PART_FILLER] = "filler",
		[PART_PAYLOAD] = "payload",
		[PART_FIELD] = "field",
		[PART_LENGTH] = "length",
		[PART_CHECK] = "check",
		[PART_TRANSFORM] = "transform",
		[PART_END] = "end",
		[PART_ALIGN] = "filling"};
	size_t start = out->len;
	bytes_addf(out, "    %*s", (int)p->level * 2, "");
	text_add_hex(out, slice_cut(p->bytes, 0, 10), true);
	bytes_add_str(out, p->bytes.len > 10 ? " ..." : "");
	for (size_t n = out->len - start; n < 40; n++)
		bytes_add_byte(out, ' ');
	bytes_addf(out, " %s", kinds[p->kind]);
	if (p->name)
		bytes_addf(out, " %s", p->name);
	if (p->kind == PART_FIELD || p->kind == PART_LENGTH)
		bytes_add_str(out, " = ");
	if (p->kind == PART_FIELD)
		value_show(&p->value, out);
	else if (p->kind == PART_LENGTH)
		bytes_addf(out, "%llu", (unsigned long long)p->number);
	bytes_add_byte(out, '\n');
}

/* Encodes "ABC...", as long as the frame needs it. */
static bool make_example(const struct frame *f, enum frame_side side, struct field_value *sent,
	struct bytes *wire, struct bytes *scratch)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const struct side *s = frame_side_of(f, side);
	uint8_t payload[512];
	struct error err;
	for (size_t i = 0; i < sizeof payload; i++)
		payload[i] = (uint8_t)letters[i % 26];
	for (size_t v = 0; v < s->count; v++) {
		const struct variant *variant = &s->variants[v];
		size_t n = variant->payload < 0 ? 0 : 3;
		if (variant->payload < 0 && v + 1 < s->count)
			continue; /* literals alone explain less */
		if (variant->payload >= 0 && n < variant->items[variant->payload].least)
			n = variant->items[variant->payload].least;
		if (variant->payload >= 0 && n > variant->items[variant->payload].most)
			n = variant->items[variant->payload].most;
		if (n <= sizeof payload && frame_encode(f, side, slice_of(payload, n), NULL, sent,
						   0, scratch, wire, &err))
			return true;
	}
	return false;
}

static void add_example(
	struct bytes *out, const struct frame *f, enum frame_side side, struct field_value *sent)
{
	struct frame_part *parts = mem_new(FRAME_PARTS_MAX * sizeof *parts);
	struct bytes wire, scratch;
	bytes_init(&wire, LIMIT_MESSAGE);
	bytes_init(&scratch, LIMIT_MESSAGE);
	if (make_example(f, side, sent, &wire, &scratch)) {
		size_t n = frame_parts(f, side, bytes_slice(&wire), sent, &scratch, parts);
		bytes_add_str(out, "  for example\n");
		for (size_t i = 0; i < n; i++)
			add_part(out, &parts[i]);
	}
	bytes_free(&wire);
	bytes_free(&scratch);
	free(parts);
}

/* ---- what ends it ---- */

static const char *end_words(const struct variant *v, struct bytes *out)
{
	const struct level *l = &v->levels[0];
	const struct item *end = &v->items[l->ends_item];
	if (l->variable == NONE)
		return v->payload >= 0 ? "its fixed size" : "its literal bytes";
	switch (l->ends_by) {
	case ENDS_LENGTH:
	case ENDS_PLAIN:
		return "its length";
	case ENDS_CONTENT:
		return "what is inside it";
	default:
		break;
	}
	if (end->kind == ITEM_EOF)
		return "the close of the line";
	if (end->kind == ITEM_GAP) {
		bytes_add_str(out, "silence of ");
		add_gap(out, end->gap);
		return "";
	}
	bytes_add_str(out, "the terminator ");
	if (end->kind == ITEM_END)
		add_ends(out, end);
	else
		add_bytes(out, end->bytes);
	return "";
}

static void add_side(
	struct bytes *out, const struct frame *f, enum frame_side side, struct field_value *sent)
{
	const struct side *s = frame_side_of(f, side);
	for (size_t i = 0; i < s->count; i++) {
		if (s->count > 1)
			bytes_addf(out, "  %s\n", i ? "or" : "either");
		add_level(out, &s->variants[i], 0, 4);
		bytes_add_str(out, "  ends by ");
		bytes_add_str(out, end_words(&s->variants[i], out));
		bytes_add_byte(out, '\n');
	}
	add_example(out, f, side, sent);
}

/* ---- the reply ---- */

static void add_pattern(struct bytes *out, const struct frame *f, const struct reply_pattern *p)
{
	if (p->field >= 0) {
		bytes_addf(out, "%s is ", f->fields[p->field]);
		value_show(&p->value, out);
	} else if (!p->count)
		bytes_add_str(out, "it is empty");
	for (size_t i = 0; i < p->count; i++) {
		if (p->star[i])
			bytes_add_str(out, "*");
		else if (p->mask[i] == 0)
			bytes_add_str(out, "?");
		else if (p->mask[i] != 0xFF)
			bytes_addf(out, p->mask[i] == 0xF0 ? "<%x?>" : "<?%x>",
				p->mask[i] == 0xF0 ? p->byte[i] >> 4 : p->byte[i]);
		else
			text_add(out, slice_of(&p->byte[i], 1), TEXT_ASCII);
	}
}

static void add_list(struct bytes *out, const struct frame *f, const char *words,
	const struct patterns *patterns)
{
	bytes_addf(out, "%s ", words);
	for (size_t i = 0; i < patterns->count; i++) {
		bytes_add_str(out, i ? ", " : "");
		add_pattern(out, f, &patterns->at[i]);
	}
}

static void add_patterns(struct bytes *out, const struct frame *f, const char *words,
	const struct patterns *patterns)
{
	if (!patterns->count)
		return;
	bytes_add_str(out, "  ");
	add_list(out, f, words, patterns);
	bytes_add_byte(out, '\n');
}

static void add_token(struct bytes *out, const char *words, struct slice token)
{
	if (!token.len)
		return;
	bytes_addf(out, "  %s ", words);
	add_bytes(out, token);
	bytes_add_byte(out, '\n');
}

static void add_reply_rule(struct bytes *out, const struct frame *f, const struct reply_rule *r)
{
	if (r->kind == RULE_TIMES && !r->times)
		bytes_add_str(out, "at once: none is expected");
	else if (r->kind == RULE_TIMES)
		bytes_addf(out, "after %zu frame%s", r->times, plural(r->times));
	else
		add_list(out, f,
			r->kind == RULE_UNTIL ? "with the frame that matches"
					      : "with the first frame that does not match",
			&r->what);
	if (r->on.count)
		add_list(out, f, ", where the command matches", &r->on);
	bytes_add_byte(out, '\n');
}

/* Returns the rule for commands that no `on` matches. */
static const struct reply_rule *rule_for_rest(const struct frame *f)
{
	static const struct reply_rule one = {.kind = RULE_TIMES, .times = 1};
	const struct reply_rule *found = &one;
	for (size_t i = f->reply_count; i-- > 0;) {
		const struct reply_rule *r = &f->replies[i];
		if (!r->on.count && (found == &one || r->kind < found->kind))
			found = r;
	}
	return found;
}

static void add_reply_rules(struct bytes *out, const struct frame *f)
{
	bool any = false;
	for (size_t i = 0; i < f->reply_count; i++)
		if (f->replies[i].on.count) {
			bytes_add_str(out, "  ");
			add_reply_rule(out, f, &f->replies[i]);
			any = true;
		}
	bytes_add_str(out, any ? "  else " : "  ");
	add_reply_rule(out, f, rule_for_rest(f));
}

static void add_says(struct bytes *out, const struct frame_rules *r)
{
	if (r->says_layout)
		bytes_addf(out, "  a device says the layout %zu, where that carries the payload\n",
			r->says_layout);
	if (!r->says_end.len)
		return;
	bytes_add_str(out, "  of several ends a device says ");
	say_bytes(out, r->says_end);
	bytes_add_str(out, "\n");
}

static void add_rules(struct bytes *out, const struct frame *f)
{
	const struct frame_rules *r = &f->rules;
	bytes_add_str(out, "\nA reply is complete\n");
	add_reply_rules(out, f);
	if (f->more >= 0)
		bytes_add_str(out, "  and after as many more as the field `more` says\n");
	add_patterns(out, f, "not counted, because they come by themselves:", &f->async);
	add_patterns(out, f, "a device says first, when it is connected:", &f->greet);
	add_token(out, "a good frame is acknowledged with", r->ack);
	add_token(out, "a damaged one is refused with", r->nak);
	add_token(out, "the sender asks first with", r->bid[0]);
	add_token(out, "and waits for", r->bid[1]);
	add_token(out, "and ends with", r->bid[2]);
	if (r->echo_maybe)
		bytes_add_str(
			out, "  what is sent may come first, as an echo, which is not counted\n");
	else if (r->echo)
		bytes_add_str(out, "  the line echoes what is sent; the echo is not counted\n");
	if (frame_closes_each(f))
		bytes_add_str(out, "  each command has a line of its own (connection=each)\n");
	add_says(out, r);
	if (r->bin)
		bytes_add_str(out, "  what is typed is bytes (03 00 6b), not text\n");
	if (r->max)
		bytes_addf(out, "  a frame has at most %zu bytes\n", r->max);
	if (!f->async.count && !frame_matches_replies(f))
		bytes_add_str(out, "  a frame that the device sends by itself meanwhile cannot be "
				   "told from a reply\n");
}

/* ---- what is fragile ---- */

static bool leads_with_literal(const struct variant *v)
{
	for (size_t i = 0; i < v->levels[0].count; i++)
		if (v->items[i].kind == ITEM_BYTES)
			return true;
		else if (v->items[i].kind != ITEM_FILL)
			return false;
	return false;
}

/* Finds a binary check before the terminator, of which a byte may look like the terminator. */
static const struct item *check_before_end(const struct variant *v)
{
	const struct level *l = &v->levels[0];
	if (l->variable == NONE || l->ends_by != ENDS_SEARCH ||
		v->items[l->ends_item].kind == ITEM_GAP || v->items[l->ends_item].kind == ITEM_EOF)
		return NULL;
	for (size_t i = l->variable + 1u; i < l->ends_item; i++)
		if (v->items[i].kind == ITEM_CHECK && v->items[i].type.kind == INT_UNSIGNED)
			return &v->items[i];
	return NULL;
}

static bool has_check(const struct variant *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].kind == ITEM_CHECK)
			return true;
	return false;
}

static bool warn_variant(const struct side *s, size_t i, int which, struct bytes *out)
{
	const struct variant *v = &s->variants[i];
	const struct item *check = check_before_end(v);
	const struct level *l = &v->levels[0];
	bool by_length = l->variable != NONE && l->ends_by == ENDS_LENGTH;
	if (which == 0 && i + 1 < s->count && v->payload >= 0 && !leads_with_literal(v))
		return bytes_addf(out,
			"layout %zu does not begin with a literal: it may take what "
			"is meant for those after it",
			i + 1);
	if (which == 1 && check)
		return bytes_addf(out,
			"%s comes before the terminator, and a byte of it may look the same",
			check->check->name);
	if (which == 2 && by_length && !has_check(v) && !v->anchored)
		return bytes_add_str(out, "a length without a check or literal: after a lost byte "
					  "nothing tells where the next frame begins");
	return false;
}

bool frame_warning(const struct frame *frame, size_t index, struct bytes *out)
{
	size_t n = 0;
	if (frame->rules.echo_maybe && n++ == index)
		return bytes_add_str(out, "echo?: a reply that begins with all that was sent is "
					  "taken for its echo");
	for (size_t s = 0; s < (frame->one_side ? 1 : 2); s++)
		for (size_t i = 0; i < frame->sides[s].count; i++)
			for (int which = 0; which < 3; which++) {
				size_t before = out->len;
				if (!warn_variant(&frame->sides[s], i, which, out))
					continue;
				if (n++ == index)
					return true;
				out->len = before;
			}
	return false;
}

/* Adds what the catalogue says about a frame of its own. */
static void add_what(struct bytes *out, const struct frame *frame)
{
	const struct catalog_frame *c;
	for (size_t i = 0; (c = catalog_frame(i)); i++)
		if (strcmp(c->name, frame->name) == 0 && strcmp(c->notation, frame->notation) == 0)
			bytes_addf(out, "\n%s", c->what);
}

bool frame_explain(const struct frame *frame, struct bytes *out)
{
	struct field_value *sent = mem_new(
		LIMIT_NAMES * sizeof *sent); /* with it the example's reply answers its command */
	if (strcmp(frame->name, frame->notation) != 0)
		bytes_addf(out, "%s = ", frame->name);
	text_add(out, slice_str(frame->notation), TEXT_PLAIN);
	add_what(out, frame);
	bytes_add_str(out, frame->one_side ? "\n\nBoth sides send\n" : "\n\nWe send\n");
	add_side(out, frame, SIDE_COMMAND, sent);
	if (!frame->one_side) {
		bytes_add_str(out, "\nThe device sends\n");
		add_side(out, frame, SIDE_REPLY, sent);
	}
	free(sent);
	add_rules(out, frame);
	for (size_t i = 0;; i++) {
		size_t before = out->len;
		bytes_add_str(out, "\nwarning: ");
		if (!frame_warning(frame, i, out)) {
			out->len = before;
			break;
		}
	}
	if (out->len && out->at[out->len - 1] != '\n')
		bytes_add_byte(out, '\n');
	return !out->over;
}
