/* Any reply, and any lines that say what it should be: they are read, or refused with a place; what
 * is expected reads back from its spelling, and so does what came, which then holds. */
#include "fuzz/fuzz.h"

#include "base/escape.h"
#include "macro/condition.h"
#include "macro/variables.h"

static struct variables names;
static struct frame *frame;
static struct slice got;
static struct reply reply;

static struct reading reading(void)
{
	return (struct reading){.frame = frame, .names = &names.names};
}

static void check_error(const struct error *err, struct slice text)
{
	MUST(err->what[0] && (!err->placed || err->column <= text.len));
}

static bool holds(const struct expected *e)
{
	struct differences d = {0};
	bool good = expected_holds(e, &reply, frame, 0, &d);
	MUST(good ? !d.count : d.count && d.at[0].at && d.at[0].expected);
	differences_clear(&d);
	return good;
}

/* What is said of it is the same when it is read from its spelling.  A pattern may hold what can be
 * spelled in no other way, such as a tab between \Q and \E. */
static void reads_back(const struct expected *e)
{
	struct expected again;
	struct bytes spelled;
	struct error err;
	const struct reading plain = {.frame = frame};
	expected_init(&again);
	bytes_init(&spelled, 1 << 20);
	expected_spell(e, frame, &spelled);
	if (e->form != EXPECTED_RE && spelled.len < LIMIT_LINE / 2) {
		MUST(expected_read(&again, bytes_slice(&spelled), &plain, &err));
		MUST(again.form == e->form && again.has_fields == e->has_fields);
		MUST(holds(&again) == holds(e));
	}
	bytes_free(&spelled);
	expected_free(&again);
}

static void read_reply(struct slice text)
{
	struct expected e;
	struct error err = {0};
	const struct reading r = reading();
	expected_init(&e);
	for (int i = 0; i < 2; i++) /* the memory of the first time is used again */
		if (!expected_read(&e, text, &r, &err))
			check_error(&err, text);
		else if (!e.later && !e.secret)
			reads_back(&e);
	expected_free(&e);
}

static void read_condition(struct slice text, bool negative)
{
	struct condition c;
	struct error err = {0};
	struct differences d = {0};
	const struct reading r = reading();
	const struct condition_about about = {&reply, frame, &got};
	condition_init(&c);
	if (!condition_read(&c, text, negative, &r, &err))
		check_error(&err, text);
	else if (!c.later)
		MUST(condition_holds(&c, &about, &d) || d.count);
	differences_clear(&d);
	condition_free(&c);
}

static void read_capture(struct slice text)
{
	struct condition c;
	struct error err = {0};
	struct differences d = {0};
	struct bytes value;
	struct slice name;
	const struct reading r = reading();
	const struct condition_about about = {&reply, frame, NULL};
	condition_init(&c);
	bytes_init(&value, LIMIT_LINE);
	if (!condition_read_capture(&c, text, &r, &name, &err))
		check_error(&err, text);
	else if (c.later)
		MUST(variables_set_later(&names, name, &err) || names.count == VARIABLES_MAX);
	else if (condition_value(&c, &about, &value, &d))
		variables_set(&names, name, bytes_slice(&value), &err);
	else
		MUST(d.count);
	differences_clear(&d);
	bytes_free(&value);
	condition_free(&c);
}

static void read_line(struct slice line)
{
	static const struct slice expect = SLICE(".expect "), not = SLICE(".expect-not "),
				  capture = SLICE(".capture ");
	if (slice_starts(line, not ))
		read_condition(slice_cut(line, not .len, line.len), true);
	else if (slice_starts(line, expect))
		read_condition(slice_cut(line, expect.len, line.len), false);
	else if (slice_starts(line, capture))
		read_capture(slice_cut(line, capture.len, line.len));
	else
		read_reply(line);
}

/* What came holds when it is expected exactly. */
static void expects_itself(void)
{
	struct bytes spelled;
	bytes_init(&spelled, 1 << 20);
	expected_spell_reply(&reply, frame, &spelled);
	struct expected e;
	struct error err;
	const struct reading plain = {.frame = frame};
	expected_init(&e);
	MUST(expected_read(&e, bytes_slice(&spelled), &plain, &err));
	MUST(holds(&e));
	expected_free(&e);
	bytes_free(&spelled);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in, line;
	struct bytes payload;
	struct error err;
	struct field_value fields[LIMIT_NAMES] = {{0}};
	frame = size < 10000 ? fuzz_frame(data, size, &in) : NULL;
	if (!frame)
		return 0;
	bytes_init(&payload, LIMIT_LINE);
	variables_init(&names);
	variables_set(&names, SLICE("a"), SLICE("5"), &err);
	variables_set_later(&names, SLICE("b"), &err);
	variables_add_argument(&names, SLICE("x *"), &err);
	if (slice_line(&in, &line) && !escape_decode(line, &payload, &err)) {
		bytes_clear(&payload);
		bytes_add(&payload, line);
	}
	got = bytes_slice(&payload);
	fields[0] = (struct field_value){.set = true, .number = 5};
	reply = (struct reply){.kind = size % 5 ? SPLIT_FRAME : SPLIT_DAMAGED,
		.has_payload = true,
		.payload = got,
		.raw = got,
		.fields = fields};
	expects_itself();
	while (slice_line(&in, &line))
		read_line(line);
	variables_free(&names);
	bytes_free(&payload);
	frame_unref(frame);
	return 0;
}
