/* baseline.c - see baseline.h.
 *
 * A result is kept under the name "DEVICE TAB COMMAND", as lines: the status, and for each frame
 * its payload in hex and behind a blank each of its fields.  Where a device got the same command
 * again, the name of that result has " TAB NUMBER" behind it, from 2 on: what a device answers the
 * second time is compared with what it answered the second time before.
 */
#include "fleet/baseline.h"

#include "adapter/jansson.h"
#include "adapter/module.h"
#include "base/mem.h"
#include "base/text.h"
#include "fleet/targets.h"
#include "fleet/words.h"
#include <stdio.h>
#include <stdlib.h>
#include <wilco/limits.h>

enum {
	WHY_MAX = 160,
	SPELLED = '"',    /* before a payload that is not in hex */
	DIGITS_SURE = 18, /* a number of so many digits is surely one of jansson's */
};

/* How often a device got the same command: in the file, and in this round until now. */
struct turns {
	uint32_t before, now;
};

struct baseline {
	const struct jansson_functions *json;
	struct targets results;
	struct turns *times; /* of each result; of one with a number nobody reads it */
	size_t times_room;
	uint8_t *seen; /* of each result */
	struct bytes name, text, old;
	int64_t round; /* that is kept, if there are any */
};

/* ---- reading ---- */

static void add_string(const struct baseline *b, const struct jansson *value, struct bytes *out)
{
	const char *text = b->json->string(value);
	bytes_add_str(out, text ? text : "");
}

static void add_old_fields(const struct baseline *b, struct jansson *fields, struct bytes *out)
{
	void *at = NULL;
	int64_t number;
	while (b->json->is_object(fields) && (at = b->json->next(fields, at))) {
		struct jansson *value = b->json->value(at);
		bytes_addf(out, " %s=", b->json->key(at));
		if (b->json->integer(value, &number))
			bytes_addf(out, "%lld", (long long)number);
		else
			add_string(b, value, out);
		bytes_add_byte(out, '\n');
	}
}

/* Adds the payload in hex; one in which a secret came has none, and is spelled, behind a quote. */
static void add_old_payload(
	const struct baseline *b, const struct jansson *reply, struct bytes *out)
{
	const struct jansson *hex = b->json->member(reply, "reply_hex");
	const struct jansson *text = b->json->member(reply, "reply");
	bool spelled = !b->json->string(hex) && b->json->string(text);
	if (spelled)
		bytes_add_byte(out, SPELLED);
	add_string(b, spelled ? text : hex, out);
}

static void add_old_replies(
	const struct baseline *b, const struct jansson *replies, struct bytes *out)
{
	for (size_t i = 0; i < b->json->count(replies); i++) {
		const struct jansson *r = b->json->element(replies, i);
		const char *mark = b->json->string(b->json->member(r, "mark"));
		if (mark && strcmp(mark, "echo") == 0)
			continue;
		add_old_payload(b, r, out);
		bytes_add_byte(out, '\n');
		add_old_fields(b, b->json->member(r, "fields"), out);
	}
}

/* Makes the name of the result with this number. */
static void number_name(struct baseline *b, uint32_t number)
{
	if (number > 1)
		bytes_addf(&b->name, "\t%u", number);
}

/* Counts one more result of a name, and completes the name. */
static void count_result(struct baseline *b)
{
	size_t first;
	b->times = mem_more(b->times, b->results.count, &b->times_room, sizeof *b->times);
	b->times[b->results.count] = (struct turns){.before = 1};
	if (targets_find(&b->results, bytes_slice(&b->name), &first))
		number_name(b, ++b->times[first].before);
}

/* Says whether the result is of the first round in the file, or of none. */
static bool is_first_round(struct baseline *b, const struct jansson *o)
{
	int64_t round;
	if (!b->json->integer(b->json->member(o, "round"), &round))
		return true;
	if (!b->round)
		b->round = round;
	return round == b->round;
}

/* Keeps a result; one of a later round is left out. */
static bool keep(struct baseline *b, const struct jansson *o, struct error *err)
{
	const char *device = b->json->string(b->json->member(o, "device"));
	const char *status = b->json->string(b->json->member(o, "status"));
	const char *command = b->json->string(b->json->member(o, "command"));
	if (!b->json->is_object(o) || !device || !status)
		return error_set(err, STATUS_USAGE, "this is no object of wilco fleet --json");
	if (!command || strcmp(status, "skipped") == 0 || !is_first_round(b, o))
		return true;
	bytes_clear(&b->name);
	bytes_clear(&b->text);
	bytes_addf(&b->name, "%s\t%s", device, command);
	count_result(b);
	bytes_addf(&b->text, "%s\n", status);
	add_old_replies(b, b->json->member(o, "replies"), &b->text);
	if (b->name.over || b->text.over)
		return error_set(err, STATUS_USAGE, "a result is too long to be compared");
	return targets_add_named(&b->results, bytes_slice(&b->name), bytes_slice(&b->text), 0, err);
}

/* Copies a string of JSON, which begins here; returns its length. */
static size_t copy_string(struct slice text, struct bytes *out)
{
	size_t n = 1;
	while (n < text.len && text.at[n] != '"')
		n += text.at[n] == '\\' ? 2 : 1;
	n = n < text.len ? n + 1 : text.len;
	bytes_add(out, slice_cut(text, 0, n));
	return n;
}

/* Copies a number, and makes a string of one that may have more bits than jansson's; returns its
 * length. */
static size_t copy_number(struct slice text, struct bytes *out)
{
	size_t n = 1;
	while (n < text.len &&
		(is_digit(text.at[n]) || strchr(".eE+-", text.at[n] ? text.at[n] : 'x')))
		n++;
	bool big = n > DIGITS_SURE && !memchr(text.at, '.', n) && !memchr(text.at, 'e', n);
	if (big)
		bytes_add_byte(out, '"');
	bytes_add(out, slice_cut(text, 0, n));
	if (big)
		bytes_add_byte(out, '"');
	return n;
}

/* Copies a line of JSON without numbers that are too big: fields of frames have all 64 bits. */
static void copy_line(struct slice line, struct bytes *out)
{
	for (size_t n; line.len; line = slice_cut(line, n, line.len)) {
		n = 1;
		if (line.at[0] == '"')
			n = copy_string(line, out);
		else if (line.at[0] == '-' || is_digit(line.at[0]))
			n = copy_number(line, out);
		else
			bytes_add_byte(out, line.at[0]);
	}
}

static struct jansson *read_line(const struct baseline *b, struct slice line, char why[WHY_MAX])
{
	unsigned unused;
	struct bytes copy;
	struct jansson *o = b->json->read((const char *)line.at, line.len, why, WHY_MAX, &unused);
	if (o)
		return o;
	bytes_init(&copy, 2 * line.len + 2);
	copy_line(line, &copy);
	o = b->json->read(bytes_str(&copy), copy.len, why, WHY_MAX, &unused);
	bytes_free(&copy);
	return o;
}

static bool keep_line(struct baseline *b, struct slice line, struct error *err)
{
	char why[WHY_MAX];
	struct jansson *o = read_line(b, line, why);
	bool good =
		o ? keep(b, o, err)
		  : error_set(err, STATUS_USAGE, "this is no JSON: %s", quote(slice_str(why)).text);
	b->json->free(o);
	return good;
}

struct baseline *baseline_read(struct slice json, unsigned *line, struct error *err)
{
	struct baseline *b = mem_new(sizeof *b);
	struct slice text;
	bool good = (b->json = module_jansson(err));
	targets_init(&b->results, NULL, NULL);
	bytes_init(&b->name, TARGET_LINE_MAX);
	bytes_init(&b->text, LIMIT_EXCHANGE);
	bytes_init(&b->old, LIMIT_EXCHANGE);
	for (*line = 0; good && slice_line(&json, &text);) {
		++*line;
		good = !slice_trim(text).len || keep_line(b, text, err);
	}
	if (good) {
		b->seen = mem_new(b->results.count + 1);
		return b;
	}
	baseline_free(b);
	return NULL;
}

void baseline_free(struct baseline *b)
{
	if (!b)
		return;
	targets_free(&b->results);
	bytes_free(&b->name);
	bytes_free(&b->text);
	bytes_free(&b->old);
	free(b->seen);
	free(b->times);
	free(b);
}

void baseline_begin(struct baseline *b)
{
	memset(b->seen, 0, b->results.count);
	for (size_t i = 0; i < b->results.count; i++)
		b->times[i].now = 0;
}

/* ---- comparing ---- */

/* A comparison under way. */
struct comparing {
	struct baseline *b;
	const struct exchange *x;
	struct compared *how;
	unsigned flags;
	struct slice rest; /* of the lines from before */
	struct bytes *out;
	size_t count; /* differences */
};

static void differs(struct comparing *c)
{
	if (c->count++)
		bytes_add_str(c->out, ", ");
}

static unsigned hex_value(uint8_t c)
{
	return c >= 'a' ? c - 'a' + 10u : (unsigned)(c - '0') & 15;
}

/* Makes bytes of the hex of a line. */
static struct slice read_hex(struct baseline *b, struct slice hex)
{
	bytes_clear(&b->old);
	for (size_t i = 0; i + 1 < hex.len; i += 2)
		bytes_add_byte(
			&b->old, (uint8_t)(hex_value(hex.at[i]) << 4 | hex_value(hex.at[i + 1])));
	return bytes_slice(&b->old);
}

static void compare_texts(struct comparing *c, struct slice old, struct slice now, unsigned flags)
{
	struct bytes before;
	bytes_init(&before, LIMIT_EXCHANGE);
	bytes_add(&before, compared_part(c->how, old));
	now = compared_part(c->how, now);
	if (!slice_equal(now, bytes_slice(&before))) {
		differs(c);
		words_difference(now, bytes_slice(&before), c->flags | flags, c->out);
	}
	bytes_free(&before);
}

static void compare_payload(struct comparing *c, struct slice line, const struct reply *r)
{
	struct bytes spelled;
	if (!line.len || line.at[0] != SPELLED) {
		compare_texts(c, read_hex(c->b, line), r->payload, frame_spelling(c->x->frame));
		return;
	}
	bytes_init(&spelled, LIMIT_EXCHANGE);
	text_add(&spelled, r->payload, TEXT_EDGES); /* as in JSON */
	compare_texts(c, slice_cut(line, 1, line.len), bytes_slice(&spelled), TEXT_PLAIN);
	bytes_free(&spelled);
}

/* Compares a field " NAME=VALUE" from before. */
static void compare_field(struct comparing *c, struct slice line, const struct reply *r)
{
	const uint8_t *equals = memchr(line.at, '=', line.len);
	size_t n = equals ? (size_t)(equals - line.at) : line.len;
	struct slice name = slice_cut(line, 1, n), value = slice_cut(line, n + 1, line.len);
	int index = frame_field_index(c->x->frame, name);
	if (index < 0 || !r->fields || frame_field_ties(c->x->frame, (size_t)index))
		return;
	bytes_clear(&c->b->text);
	frame_field_text(&r->fields[index], &c->b->text);
	if (slice_equal(value, bytes_slice(&c->b->text)))
		return;
	differs(c);
	bytes_addf(c->out, "%.*s %s instead of ", SLICE_ARG(name), bytes_str(&c->b->text));
	text_add(c->out, value, TEXT_PLAIN | c->flags);
}

/* Compares a frame with the next from before; false: there was none. */
static bool compare_frame(struct comparing *c, const struct reply *r)
{
	struct slice line, rest = c->rest;
	if (!slice_line(&rest, &line))
		return false;
	c->rest = rest;
	compare_payload(c, line, r);
	while (slice_line(&rest, &line) && line.len && line.at[0] == ' ') {
		compare_field(c, line, r);
		c->rest = rest;
	}
	return true;
}

static void compare_frames(struct comparing *c)
{
	struct slice line;
	for (const struct reply *r = c->x->replies; r; r = r->next)
		if (compared_counts(r) && !compare_frame(c, r)) {
			differs(c);
			bytes_add_str(c->out, "a frame more");
			return;
		}
	if (slice_line(&c->rest, &line)) {
		differs(c);
		bytes_add_str(c->out, "a frame less");
	}
}

static void compare_result(struct comparing *c)
{
	const char *now = exchange_status_name(c->x->status);
	struct slice before;
	slice_line(&c->rest, &before);
	if (!slice_is(before, now)) {
		differs(c);
		bytes_addf(c->out, "%s instead of ", now);
		text_add(c->out, before, TEXT_PLAIN | c->flags);
	} else if (c->x->status == EXCHANGE_OK) {
		compare_frames(c);
	}
}

/* Finds the result from before that has this name and was not seen yet. */
static bool find_before(struct baseline *b, size_t *index)
{
	if (!targets_find(&b->results, bytes_slice(&b->name), index))
		return false;
	struct turns *t = &b->times[*index];
	if (t->now == t->before)
		return false;
	number_name(b, ++t->now);
	return targets_find(&b->results, bytes_slice(&b->name), index);
}

enum baseline_answer baseline_compare(struct baseline *b, const char *device,
	const struct exchange *x, struct compared *how, unsigned flags, struct bytes *out)
{
	size_t index;
	bytes_clear(&b->name);
	bytes_addf(&b->name, "%s\t", device);
	exchange_spell(x, &b->name);
	if (!find_before(b, &index))
		return BASELINE_NEW;
	b->seen[index] = true;
	struct comparing c = {.b = b,
		.x = x,
		.how = how,
		.flags = flags,
		.rest = targets_rest(&b->results, index),
		.out = out};
	compare_result(&c);
	return c.count ? BASELINE_CHANGED : BASELINE_SAME;
}

bool baseline_missing(
	const struct baseline *b, size_t *at, struct slice *device, struct slice *command)
{
	for (; *at < b->results.count; ++*at) {
		struct slice name = targets_name(&b->results, *at);
		size_t n = (size_t)((const uint8_t *)memchr(name.at, '\t', name.len) - name.at);
		if (b->seen[*at])
			continue;
		const uint8_t *number = memchr(name.at + n + 1, '\t', name.len - n - 1);
		size_t end = number ? (size_t)(number - name.at) : name.len;
		*device = slice_cut(name, 0, n);
		*command = slice_cut(name, n + 1, end);
		++*at;
		return true;
	}
	return false;
}
