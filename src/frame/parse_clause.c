/* parse_clause.c - parses what follows `;`: when a reply is complete, and the tokens around it. */
#include "frame/parse.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include <stdlib.h>

/* ---- patterns ---- */

static bool add_one(
	struct parser *p, struct reply_pattern *pattern, bool star, uint8_t byte, uint8_t mask)
{
	if (pattern->count == PATTERN_MAX)
		return FAIL(p, "a pattern has at most %d bytes", PATTERN_MAX);
	pattern->star[pattern->count] = star;
	pattern->byte[pattern->count] = byte;
	pattern->mask[pattern->count++] = mask;
	return true;
}

/* Takes "5?" or "?5"; the current token is one digit, or `?`. */
static bool take_nibble(struct parser *p, struct reply_pattern *pattern)
{
	struct slice text = p->lexer.text;
	size_t at = p->lexer.token.column;
	uint8_t a = text.at[at], b = at + 1 < text.len ? text.at[at + 1] : 0;
	int digit = hex_digit(a == '?' ? b : a);
	p->lexer.at = at + 2;
	bool good = a == '?' ? add_one(p, pattern, false, (uint8_t)digit, 0x0F)
			     : add_one(p, pattern, false, (uint8_t)(digit << 4), 0xF0);
	return good && parse_next(p);
}

static bool is_nibble(const struct parser *p)
{
	struct slice text = p->lexer.text;
	size_t at = p->lexer.token.column;
	uint8_t a = at < text.len ? text.at[at] : 0, b = at + 1 < text.len ? text.at[at + 1] : 0;
	if (a == '?')
		return parse_is_sign(p, '?') && hex_digit(b) >= 0;
	return p->lexer.token.no_bytes && p->lexer.token.width == 1 && b == '?';
}

/* Takes NAME=VALUE. */
static bool take_comparison(struct parser *p, struct reply_pattern *pattern)
{
	struct slice name = p->lexer.token.text;
	size_t column = p->lexer.token.column;
	pattern->field = parse_field_index(p->frame, name);
	if (pattern->field < 0) {
		error_at(p->err, column, name.len, "'%s' is no field of this frame",
			quote(name).text);
		return error_hint(p->err, "put text to match in quotes: '%s'", quote(name).text);
	}
	struct inttype type = p->frame->field_types[pattern->field];
	if (!parse_next(p))
		return false;
	if (!parse_is_sign(p, '='))
		return FAIL(p, "expected = and a value after the name of a field");
	return parse_default(p, type, &pattern->value);
}

static bool take_element(struct parser *p, struct reply_pattern *pattern)
{
	struct quoted q;
	if (is_nibble(p))
		return take_nibble(p, pattern);
	if (parse_is_sign(p, '?') || parse_is_sign(p, SIGN_ANY))
		return add_one(p, pattern, false, 0, 0) && parse_next(p);
	if (parse_is_sign(p, '*'))
		return add_one(p, pattern, true, 0, 0) && parse_next(p);
	bool half = p->lexer.token.no_bytes && lex_before(&p->lexer, '=');
	if (half || (p->lexer.token.kind == TOKEN_NAME && !lex_before(&p->lexer, '(')))
		return take_comparison(p, pattern);
	if (p->lexer.token.kind == TOKEN_BYTES && lex_before(&p->lexer, '='))
		return FAIL(p, "%s is bytes here, so no field is compared", parse_shown(p, &q));
	if (p->lexer.token.kind != TOKEN_BYTES)
		return FAIL(p, "expected a pattern, not %s", parse_shown(p, &q));
	struct bytes all;
	bytes_init(&all, LIMIT_NOTATION);
	bool good = parse_bytes(p, &all);
	for (size_t i = 0; good && i < all.len; i++)
		good = add_one(p, pattern, false, all.at[i], 0xFF);
	bytes_free(&all);
	return good;
}

/* Finds `on`, which may also be a field that is compared. */
static bool is_on(const struct parser *p)
{
	return p->lexer.token.kind == TOKEN_NAME && slice_is(p->lexer.token.text, "on") &&
	       !lex_before(&p->lexer, '=');
}

static bool ends_pattern(const struct parser *p)
{
	return p->lexer.token.kind == TOKEN_END || parse_is_sign(p, '|') || parse_is_sign(p, ';') ||
	       is_on(p);
}

static bool take_patterns(struct parser *p, struct patterns *patterns)
{
	struct quoted q;
	do {
		if (patterns->count && !parse_next(p))
			return false;
		if (patterns->count == LIMIT_PATTERNS)
			return FAIL(p, "at most %d patterns", LIMIT_PATTERNS);
		patterns->at = mem_grow(patterns->at, patterns->count + 1, sizeof *patterns->at);
		struct reply_pattern *pattern = &patterns->at[patterns->count++];
		*pattern = (struct reply_pattern){.field = -1};
		if (ends_pattern(p))
			return FAIL(p, "expected a pattern, not %s", parse_shown(p, &q));
		while (!ends_pattern(p))
			if (!take_element(p, pattern))
				return false;
	} while (parse_is_sign(p, '|'));
	return true;
}

/* ---- the clauses ---- */

/* Finds another rule of this kind for the rest. */
static bool has_rest(const struct frame *f, unsigned kind)
{
	for (size_t i = 0; i + 1 < f->reply_count; i++)
		if (f->replies[i].kind == kind && !f->replies[i].on.count)
			return true;
	return false;
}

static bool take_number_of_frames(struct parser *p, struct reply_rule *rule)
{
	uint64_t times;
	if (!parse_number(p, "a number of frames", 1000000, &times))
		return false;
	rule->times = (size_t)times;
	return true;
}

/* Takes a rule about replies: WHAT ["on" PATTERNS].  One without `on` is for the rest. */
static bool take_rule(struct parser *p, unsigned kind)
{
	struct frame *f = p->frame;
	size_t column = p->lexer.token.column;
	if (f->reply_count == LIMIT_PATTERNS)
		return FAIL(p, "at most %d rules about replies", LIMIT_PATTERNS);
	f->replies = mem_grow(f->replies, f->reply_count + 1, sizeof *f->replies);
	struct reply_rule *rule = &f->replies[f->reply_count++];
	*rule = (struct reply_rule){.kind = kind};
	if (!(kind == RULE_TIMES ? take_number_of_frames(p, rule) : take_patterns(p, &rule->what)))
		return false;
	if (is_on(p))
		return parse_next(p) && take_patterns(p, &rule->on);
	return !has_rest(f, kind) ||
	       error_at(p->err, column, 1, "this clause is given twice without `on`");
}

static bool take_until(struct parser *p)
{
	return take_rule(p, RULE_UNTIL);
}

static bool take_while(struct parser *p)
{
	return take_rule(p, RULE_WHILE);
}

static bool take_async(struct parser *p)
{
	return take_patterns(p, &p->frame->async);
}

static bool take_greet(struct parser *p)
{
	return take_patterns(p, &p->frame->greet);
}

static bool take_times(struct parser *p)
{
	return take_rule(p, RULE_TIMES);
}

static bool take_max(struct parser *p)
{
	uint64_t max;
	size_t column = p->lexer.token.column;
	if (!parse_number(p, "a number of bytes", LIMIT_FRAME_MOST, &max))
		return false;
	p->frame->rules.max = (size_t)max;
	return max || error_at(p->err, column, 1, "no frame fits into 0 bytes");
}

static bool take_ack(struct parser *p)
{
	return parse_all_bytes(p, &p->frame->rules.ack);
}

static bool take_nak(struct parser *p)
{
	return parse_all_bytes(p, &p->frame->rules.nak);
}

static bool take_bid(struct parser *p)
{
	struct frame_rules *rules = &p->frame->rules;
	rules->bids = true;
	for (size_t i = 0; i < 3; i++) {
		if (!parse_all_bytes(p, &rules->bid[i]))
			return false;
		if (!parse_is_sign(p, ','))
			return true;
		if (!parse_next(p))
			return false;
	}
	return FAIL(p, "bid has at most three tokens: bid ENQ, ACK, EOT");
}

static bool take_echo(struct parser *p)
{
	p->frame->rules.echo = true;
	p->frame->rules.echo_maybe = parse_is_sign(p, '?');
	return !p->frame->rules.echo_maybe || parse_next(p);
}

static bool take_bin(struct parser *p)
{
	p->frame->rules.bin = true;
	return true;
}

static bool take_idle(struct parser *p)
{
	struct frame_gap gap = {0};
	p->lexer.at = p->lexer.token.column; /* parse_time() reads its bracket */
	if (!parse_time(p, "idle", false, &gap))
		return false;
	p->frame->rules.idle = gap.ns;
	return true;
}

/* Takes `says [LAYOUT] [END]`.  A layout is one digit, and no byte has so few. */
static bool take_says(struct parser *p)
{
	struct frame_rules *r = &p->frame->rules;
	const struct side *side = frame_side_of(p->frame, SIDE_REPLY);
	size_t column = p->lexer.token.column, width = p->lexer.token.width;
	uint64_t layout = 0;
	if (!parse_is_bytes(p) || p->lexer.token.no_bytes) {
		if (!parse_number(p, "the number of a layout", side->count, &layout))
			return false;
		if (!layout)
			return error_at(p->err, column, width, "layouts are counted from 1");
		r->says_layout = (size_t)layout;
	}
	column = p->lexer.token.column;
	if (layout && !parse_is_bytes(p))
		return true;
	free((void *)r->says_end.at);
	r->says_end = SLICE("");
	if (!parse_all_bytes(p, &r->says_end))
		return false;
	return side_may_end(side, r->says_end) ||
	       error_at(p->err, column, 1,
		       "the device has no choice of ends, (A | B), of which this is one");
}

enum { RULES_ABOUT_REPLIES = 4 }; /* the first clauses may stand several times */
static const struct {
	const char *name;
	bool (*take)(struct parser *p);
} clauses[] = {{"until", take_until}, {"while", take_while}, {"times", take_times},
	{"says", take_says}, {"async", take_async}, {"ack", take_ack}, {"nak", take_nak},
	{"bid", take_bid}, {"echo", take_echo}, {"idle", take_idle}, {"max", take_max},
	{"bin", take_bin}, {"greet", take_greet}};

static const char *clause_at(const void *unused, size_t index)
{
	(void)unused;
	return index < sizeof clauses / sizeof clauses[0] ? clauses[index].name : NULL;
}

bool parse_clause(struct parser *p)
{
	struct quoted q;
	int found = p->lexer.token.kind == TOKEN_NAME
			    ? table_exact(p->lexer.token.text, clause_at, NULL)
			    : TABLE_NONE;
	if (found < 0) {
		FAIL(p, "expected a clause, not %s", parse_shown(p, &q));
		const char *near = p->lexer.token.kind == TOKEN_END
					   ? NULL
					   : table_near(p->lexer.token.text, clause_at, NULL);
		if (near)
			return error_hint(p->err, "did you mean %s?", near);
		return error_hint(p->err, "clauses are until while async times ack nak bid echo "
					  "idle max bin greet says");
	}
	size_t bit = (size_t)found;
	size_t column = p->lexer.token.column, width = p->lexer.token.width;
	if (bit >= RULES_ABOUT_REPLIES && p->frame->clauses_seen >> bit & 1)
		return error_at(p->err, column, width, "this clause is given twice");
	p->frame->clauses_seen |= 1u << bit;
	const struct frame_rules *rules = &p->frame->rules;
	return parse_next(p) && clauses[found].take(p) &&
	       (!rules->bin || !rules->echo_maybe ||
		       error_at(p->err, column, width,
			       "echo? is not for bytes (bin), of which an answer may be the same "
			       "as what was sent: echo says that the line always echoes"));
}
