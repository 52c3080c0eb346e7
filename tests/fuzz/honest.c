/* honest.c - see honest.h. */
#include "fuzz/honest.h"

#include "fuzz/account.h"
#include "fuzz/fuzz.h"
#include "fuzz/input.h"
#include "fuzz/line.h"

enum { ANSWERS = 128 };

static struct {
	uint64_t number; /* of the command */
	int64_t until;
	struct bytes wire;
} answers[ANSWERS];
static size_t answered, asked, lines;

/* The fields of the command, as the device read them. */
static struct frame_values fields_of(const struct exchange *x)
{
	struct bytes pending, scratch;
	struct frame_values came;
	struct split_event e;
	struct frame_values fields = {0};
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	struct split *s = split_new(x->frame, SIDE_COMMAND, NULL, came.at, 0, &pending, &scratch);
	split_feed(s, x->sent);
	split_close(s);
	while (split_next(s, &e))
		if (e.kind == SPLIT_FRAME && e.values)
			fields = came;
	split_free(s);
	bytes_free(&pending);
	bytes_free(&scratch);
	return fields;
}

static const char *answer_text(const struct exchange *x, char text[24])
{
	snprintf(text, 24, "a%llu", (unsigned long long)account_number(x));
	return text;
}

void honest_asked(const struct exchange *x, struct slice bytes)
{
	char text[24];
	struct bytes wire, scratch;
	struct error err;
	bool again = asked && answers[asked - 1].number >= account_number(x);
	if (x->wire || again || asked == ANSWERS || !slice_ends(x->sent, bytes))
		return;
	struct frame_values fields = fields_of(x);
	bytes_init(&wire, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	if (frame_encode(x->frame, SIDE_REPLY, slice_str(answer_text(x, text)), NULL, fields.at, 0,
		    &scratch, &wire, &err)) {
		answers[asked].number = account_number(x);
		answers[asked].until = INT64_MAX;
		answers[asked++].wire = wire;
	} else {
		bytes_free(&wire);
	}
	bytes_free(&scratch);
}

void honest_forget(void)
{
	while (answered < asked)
		bytes_free(&answers[answered++].wire);
	answered = asked = 0;
	lines++;
}

/* The next one, in pieces that come at once. */
void honest_answer(struct slice *input, void (*says)(struct slice bytes))
{
	while (answered < asked && answers[answered].until <= loop_now(fuzz_loop()))
		bytes_free(&answers[answered++].wire);
	if (answered == asked || !fuzz_line_listens())
		return;
	struct bytes wire = answers[answered++].wire; /* ours: the line may close under it */
	size_t line = lines;
	for (size_t at = 0, n; at < wire.len && line == lines; at += n) {
		n = 1 + input_byte(input) % 16;
		says(slice_cut(bytes_slice(&wire), at, at + n));
	}
	bytes_free(&wire);
}

/* Who gave up waits for the answer so long, and no longer. */
void honest_given_up(const struct exchange *x, int64_t timeout, int64_t resync)
{
	int64_t until = x->ended_at + resync;
	if (x->status == EXCHANGE_CANCELLED && x->sent_at + timeout < until)
		until = x->sent_at + timeout;
	for (size_t i = answered; i < asked; i++)
		if (answers[i].number == account_number(x))
			answers[i].until = until;
}

/* The answer to this one, and no other. */
void honest_check(const struct exchange *x)
{
	char text[24];
	answer_text(x, text);
	for (const struct reply *r = x->replies; r; r = r->next)
		if (r->kind == SPLIT_FRAME && r->mark == MARK_NONE && r->payload.len &&
			!slice_is(r->payload, text)) {
			fprintf(stderr, "frame %s: %.*s answers %s\n", frame_notation(x->frame),
				SLICE_ARG(r->payload), text);
			MUST(!"the reply is another command's");
		}
}
